import { check } from "../util/check.js";
import { options } from "../util/options.js";
import type { Attached, Condition, Driver } from "./contract.js";

const ownOptions = options({});

/** Nothing: a sandbox that is attached to it has its loopback alone. See docs/drivers/null.md. */
export const nullDriver: Driver = {
  name: "null",
  optionNames: [],
  subnets: "none",
  interfaces: "none",

  checkOptions: (given) => ({ ...check(ownOptions, given, "create network") }),
  ownLinks: () => [],

  createNetwork: () => Promise.resolve(null),
  deleteNetwork: () => Promise.resolve(),
  join: () => Promise.resolve(nothing),
  leave: () => Promise.resolve(),

  checkNetwork: () => Promise.resolve(good),
  mendNetwork: (_host, _network, state) => Promise.resolve(state),
  checkEndpoint: () => good,
  mendEndpoint: () => Promise.resolve(),
};

const good: Condition = { is: "good" };

const nothing: Attached = {
  index: undefined,
  mtu: undefined,
  hostIfname: undefined,
  state: null,
};
