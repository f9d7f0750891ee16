import type { Command } from "../command.js";

/** Each asks the program itself what can come next (yargs' own protocol), so that none goes out of date. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# trapline completion for bash: source <(trapline completion bash)
_trapline() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(trapline --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _trapline trapline`,
  zsh: `#compdef trapline
# trapline completion for zsh: source <(trapline completion zsh)
_trapline() {
  local -a reply
  reply=(\${(f)"$(trapline --get-yargs-completions "\${words[@]}" 2>/dev/null)"})
  (( \${#reply} )) && _describe 'trapline' reply
  _files
}
compdef _trapline trapline`,
  fish: `# trapline completion for fish: trapline completion fish | source
function __trapline_complete
  trapline --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null
end
complete -c trapline -a '(__trapline_complete)'`,
};

export const completion: Command = (yargs, run) =>
  yargs.command(
    "completion [shell]",
    "Print a completion script for bash, zsh or fish",
    (y) =>
      y.positional("shell", {
        type: "string",
        default: "bash",
        choices: Object.keys(scripts),
        describe: "Whose script",
      }),
    (args) =>
      run(async () => {
        const { emit } = await import("../output.js");
        const script = scripts[args.shell];
        emit(script);
      }),
  );
