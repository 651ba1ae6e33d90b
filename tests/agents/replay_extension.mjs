#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Loads the extension of an agent as the agent does, and replays recorded events.
//
//   replay_extension.mjs EXTENSION RECORDING     ends when its input ends
import fs from "node:fs";

const [extension, recording] = process.argv.slice(2);
// The extensions have no types, so that each runtime loads them.
const source = fs.readFileSync(extension, "utf8");
const module = await import("data:text/javascript," + encodeURIComponent(source));
const lines = fs.readFileSync(recording, "utf8").trim().split("\n").map((line) => JSON.parse(line));
if (module.AtmPlugin) {
  const plugin = await module.AtmPlugin({});
  for (const line of lines) {
    if (line.hook) await plugin[line.hook](line.input, {});
    else await plugin.event({ event: line.event });
  }
} else {
  const handlers = new Map();
  module.default({ on: (name, handler) => handlers.set(name, handler) });
  for (const { name, event, ctx } of lines) {
    const sessionManager = { getSessionId: () => ctx.sessionId, getSessionFile: () => undefined };
    await handlers.get(name)?.(event, { ...ctx, sessionManager, getContextUsage: () => ctx.usage });
  }
}
process.stdin.resume();
