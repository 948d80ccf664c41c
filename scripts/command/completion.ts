import { Argument, Command } from "@commander-js/extra-typings";

/** The words that can follow each command, such as `token create`: its verbs or its options. */
function listWords(command: Command, path: string[] = []): [string, string[]][] {
  const options = command.options.flatMap(({ long }) => long ?? []);
  const words = [...command.commands.map((one) => one.name()), ...options, "--help"];
  return [
    [path.join(" "), words],
    ...command.commands.flatMap((one) => listWords(one as Command, [...path, one.name()])),
  ];
}

/** A completion function for bash, which zsh can load too: it knows the words of every command, and leaves values to the shell. */
function bashScript(program: Command): string {
  const cases = listWords(program).map(([path, words]) => `    "${path}") words="${words.join(" ")}" ;;`);
  return `_muster() {
  local path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _muster muster
`;
}

/** `muster completion bash` prints a script that completes the command in a shell. */
export function completion(program: Command) {
  const shell = new Argument("<shell>", "the shell").choices(["bash", "zsh"] as const);
  return new Command("completion")
    .description("print a script that completes this command: source <(muster completion bash)")
    .addArgument(shell)
    .action((name) => {
      const start = name === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
      process.stdout.write(start + bashScript(program));
    });
}
