import { Controller, type ControllerOptions, type Namespace } from "#lib/index.js";
import { join } from "node:path";
import type { Context } from "mocha";
import { newFolder } from "./folder.js";
import { needs } from "./needs.js";
import { newNetns } from "./netns.js";
import { ipLinkNames } from "./other-eyes.js";
import { expect } from "chai";

/** A host with a state directory, for controllers one after another. */
export class Ground implements AsyncDisposable {
  readonly host: Namespace;
  readonly runDirectory: string;
  readonly stateDirectory: string;
  readonly #folder: ReturnType<typeof newFolder>;
  #open: Controller | undefined;

  /** Use {@link newGround}. */
  constructor(host: Namespace) {
    this.host = host;
    this.#folder = newFolder();
    this.runDirectory = join(this.#folder.path, "run");
    this.stateDirectory = join(this.#folder.path, "state");
  }

  /** One goes on where the one before it was closed. */
  async open(options: Partial<ControllerOptions> = {}): Promise<Controller> {
    await this.#open?.close();
    const { host, runDirectory, stateDirectory } = this;
    this.#open = undefined;
    this.#open = await Controller.open({ host, runDirectory, stateDirectory, ...options });
    return this.#open;
  }

  /** Takes down what the last one has, and looks whether everything is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using host = this.host;
    using _ = this.#folder;
    await this.#open?.close();
    this.#open = undefined;
    await (await this.open()).destroy();
    expect(await ipLinkNames(host), "links that are left").to.deep.equal(["lo"]);
  }
}

export async function newGround(context: Context): Promise<Ground> {
  needs(context, "program:ip", "program:nsenter");
  return new Ground(await newNetns(context, "link:bridge", "link:veth"));
}
