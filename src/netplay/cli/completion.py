"""``netplay completion``."""

from __future__ import annotations

import click

from netplay.cli.options import OneOf

# Each asks netplay for words, and offers files where it has none.
_SCRIPTS = {
    "bash": r"""
_netplay() {
    local IFS=$'\n'
    COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *: ]] && compopt -o nospace
    return 0
}
complete -o default -F _netplay netplay
""",
    "zsh": r"""
#compdef netplay
_netplay() {
    local -a found
    found=(${(f)"$($words[1] __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#found == 0 )); then
        _files
    else
        compadd -S '' -- ${(M)found:#*:}
        compadd -- ${found:#*:}
    fi
}
compdef _netplay netplay
""",
    "fish": r"""
function __netplay_words
    set -l words (commandline -opc)
    set -l found (netplay __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c netplay -f -a '(__netplay_words)'
""",
}


@click.command("completion")
@click.argument("shell", metavar="SHELL", type=OneOf(list(_SCRIPTS)))
def command(shell: str) -> None:
    """Print what makes Tab complete verbs and machines.

    \b
    eval "$(netplay completion bash)"       in ~/.bashrc
    eval "$(netplay completion zsh)"        in ~/.zshrc, after compinit
    netplay completion fish | source        in ~/.config/fish/config.fish
    """
    print(_SCRIPTS[shell].strip())
