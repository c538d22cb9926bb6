import type { DaemonClient } from "../../protocol/client.ts";
import { SeenOfMe } from "./seenOfMe.ts";
import { Team, type TeamParts } from "./team.ts";

/** What the team sees: for leads of everybody, for everybody of themselves. In a bundle of its own, which is loaded when somebody looks. */
export class TeamHost {
  readonly view: Team;
  readonly seenOfMe: SeenOfMe;

  constructor(parts: TeamParts & { client: Pick<DaemonClient, "ownEntries" | "uploads"> }) {
    this.view = new Team(parts);
    this.seenOfMe = new SeenOfMe(parts);
  }

  dispose(): void {
    this.view.dispose();
    this.seenOfMe.dispose();
  }
}
