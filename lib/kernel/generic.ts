import { CnmError } from "../errors.js";
import { check, type Type } from "../util/check.js";
import { checked, string } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";

/** A family of generic netlink: `genl ctrl get name ...`. */
export interface GenericFamily {
  readonly name: string;
  /** Given by the kernel when the family was registered. */
  readonly id: number;
  readonly version: number;
  readonly groups: readonly GenericGroup[];
}

export interface GenericGroup {
  readonly name: string;
  readonly id: number;
}

const familyName: Type<string> = checked(string(), (text) =>
  text === "" || text.includes("\0") || Buffer.byteLength(text) > 15
    ? "must have from 1 to 15 bytes (GENL_NAMSIZ)"
    : undefined,
);

/** Who speaks generic netlink: genl(8). */
export class GenericNetlink {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} ENOENT where no module of this kernel has that family. */
  async family(name: string): Promise<GenericFamily> {
    const operation = `get family ${check(familyName, name, "get family", "name")}`;
    this.#channel.assertOpen(operation);
    try {
      const [reply] = await this.#channel.request({
        type: "CTRL_CMD_GETFAMILY",
        attributes: { family_name: name },
      });
      const a = reply?.attributes as
        { family_id: number; version: number; mcast_groups?: readonly GenericGroup[] } | undefined;
      if (a !== undefined) {
        return { name, id: a.family_id, version: a.version, groups: a.mcast_groups ?? [] };
      }
    } catch (error) {
      throw kernelFailure(operation, error, { family: name, namespace: this.#channel.name });
    }
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel did not show it`);
  }
}
