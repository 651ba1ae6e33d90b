# SPDX-License-Identifier: MIT
# Completion of atm for fish. atm itself prints the candidates.
function __atm_candidates
    set -l words (commandline -opc) (commandline -ct | string collect --allow-empty)
    for line in ($words[1] complete $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path $words[-1]
            case :directories
                __fish_complete_directories $words[-1]
            case '*'
                echo $line
        end
    end
end
complete --command atm --no-files --keep-order --arguments '(__atm_candidates)'
