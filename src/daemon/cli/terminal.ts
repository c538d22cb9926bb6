/** What a command needs of the terminal that it runs in. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  env: NodeJS.ProcessEnv;
}
