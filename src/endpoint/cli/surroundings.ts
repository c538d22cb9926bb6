/** What the command line needs of the world. */
export interface Surroundings {
  /** How a person calls this program, for hints. */
  self: string;
  env: NodeJS.ProcessEnv;
  out: (line: string) => void;
  err: (line: string) => void;
  /** Settles when the person wants a server to end. */
  stopped: Promise<void>;
}
