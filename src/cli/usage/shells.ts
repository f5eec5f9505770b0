/** The shells that there is a completion for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * What such a shell reads at its start. `command`: what runs Imara, quoted for a shell. Each asks `imara
 * complete` with the words so far, which answers with a line for each candidate: the word, a tab, what it is.
 * No candidate: names of files.
 */
export function completionScript(shell: Shell, command: string): string {
  switch (shell) {
    case 'bash':
      return `# bash: eval "$(imara completion bash)"
_imara() {
  local IFS=$'\\n'
  COMPREPLY=($(${command} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _imara imara`;
    case 'zsh':
      return `#compdef imara
# zsh: eval "$(imara completion zsh)", after compinit
_imara() {
  local -a lines
  lines=("\${(@f)$(${command} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "\${lines[1]}" ]] || { _files; return }
  lines=("\${(@)lines//:/\\\\:}")
  lines=("\${(@)lines/$'\\t'/:}")
  _describe imara lines
}
compdef _imara imara`;
    case 'fish':
      return `# fish: imara completion fish | source
function __imara_complete
  set -l typed (commandline -opc)
  set -l found (${command} complete -- $typed[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c imara -f -a '(__imara_complete)'`;
    default:
      throw new Error(`unknown: ${shell satisfies never}`);
  }
}
