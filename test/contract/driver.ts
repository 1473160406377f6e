import type {
  Attached,
  Attachment,
  Driver,
  DriverState,
  Host,
  NetworkSpec,
} from "#lib/drivers/contract.js";
import { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLink, ipLinkNames, pings, runIn } from "../support/other-eyes.js";
import { rejection } from "../support/rejection.js";

/** What the suite has to know of a driver. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** Options of `createNetwork`, the driver's own ones alone, that leave every choice to it. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Sandboxes that it takes: any by default, else the host itself alone. */
  readonly sandboxes?: "any" | "host";
}

/** A host, a sandbox and the driver's network on it, all gone at the end. */
class Bench implements AsyncDisposable {
  readonly host: Host;
  readonly network: NetworkSpec;
  #state: DriverState | undefined;

  constructor(
    readonly driver: Driver,
    readonly namespace: Namespace,
    readonly sandbox: Namespace,
    network: Partial<NetworkSpec>,
    options: DriverState,
  ) {
    this.host = { namespace, mark: (id) => `suite.controller.${id}` };
    const subnets = [
      { subnet: "10.1.0.0/24", gateway: "10.1.0.1" },
      { subnet: "fd00:1::/64", gateway: "fd00:1::1" },
    ];
    const rest = { id: hex("a"), name: "net", subnets, internal: false, mtu: undefined };
    this.network = { ...rest, options, ...network };
  }

  async create(): Promise<DriverState> {
    this.#state = await this.driver.createNetwork(this.host, this.network);
    return this.#state;
  }

  async join(attachment: Partial<Attachment> = {}): Promise<Attached> {
    return this.driver.join(this.host, this.network, this.#state ?? null, {
      id: hex("e"),
      mac: "02:00:00:00:00:02",
      addresses: ["10.1.0.2/24", "fd00:1::2/64"],
      ifname: "eth0",
      hostIfname: undefined,
      sandbox: this.sandbox,
      defaultGateways: ["10.1.0.1", "fd00:1::1"],
      ...attachment,
    });
  }

  async leave({ state }: Attached, id = hex("e")): Promise<void> {
    await this.driver.leave(this.host, id, state);
  }

  async delete(): Promise<void> {
    await this.driver.deleteNetwork(this.host, this.network, this.#state ?? null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
    await this.namespace.delete();
  }
}

/** 32 hexadecimal digits, as ids have. */
function hex(digit: string): string {
  return digit.repeat(32);
}

/** What every driver does, as lib/drivers/contract.ts says it. */
export function driverContract(under: DriverUnderTest): void {
  const { driver, options } = under;

  describe(`driver contract: ${driver.name}`, function () {
    it("makes options that are plain JSON", function () {
      const checked = driver.checkOptions(options);

      expect(JSON.parse(JSON.stringify(checked))).to.deep.equal(checked);
    });

    it("knows the names of its own options", function () {
      expect(Object.keys(options)).to.satisfy((names: string[]) =>
        names.every((name) => driver.optionNames.includes(name)),
      );
    });

    it("refuses an option that it does not know, and names it", function () {
      expect(() => driver.checkOptions({ ...options, nonsense: 1 }))
        .to.throw(/nonsense/)
        .with.property("code", "ERR_CNM_INVALID_OPTION");
    });

    if (driver.interfaces === "none") withoutInterfaces(under);
    else withInterfaces(under);
  });
}

function benchOf({ driver, options, sandboxes }: DriverUnderTest) {
  return async (context: Context, network: Partial<NetworkSpec> = {}): Promise<Bench> => {
    needs(context, "program:ip", "program:nsenter", "link:bridge", "link:veth");
    const host = await newNetns(context);
    const { path = "" } = host;
    const sandbox = sandboxes === "host" ? await Namespace.open({ path }) : await newNetns(context);
    return new Bench(driver, host, sandbox, network, driver.checkOptions(options));
  };
}

/** Of drivers whose endpoints have no interface. */
function withoutInterfaces(under: DriverUnderTest): void {
  const newBench = benchOf(under);
  const none: Partial<NetworkSpec> = { subnets: [] };
  const bare: Partial<Attachment> = { addresses: [], defaultGateways: [] };

  it("tells states that are plain JSON", async function () {
    await using bench = await newBench(this, none);

    const network = await bench.create();
    const { state } = await bench.join(bare);

    expect(JSON.parse(JSON.stringify({ network, state }))).to.deep.equal({ network, state });
  });

  it("makes no interface, and tells none", async function () {
    await using bench = await newBench(this, none);
    await bench.create();

    const attached = await bench.join(bare);

    expect(attached).to.include({ index: undefined, mtu: undefined });
    expect(await ipLinkNames(bench.sandbox)).to.deep.equal(["lo"]);
  });

  it("finds its network and its endpoints good, and mends them to the same", async function () {
    await using bench = await newBench(this, none);
    const state = await bench.create();
    const joined = { id: hex("e"), state: (await bench.join(bare)).state };
    const links = { marked: () => undefined, at: () => undefined, named: () => undefined };
    const { driver, host, network } = bench;

    const again = await driver.mendNetwork(host, network, state, links);
    await driver.mendEndpoint(host, network, again, joined, links);

    expect(again).to.deep.equal(state);
    expect(await driver.checkNetwork(host, network, again, links)).to.deep.equal({ is: "good" });
    const condition = driver.checkEndpoint(host, network, again, joined, links);
    expect(condition).to.deep.equal({ is: "good" });
  });

  it("takes an attachment and a network that are gone for success", async function () {
    await using bench = await newBench(this, none);
    await bench.create();
    const attached = await bench.join(bare);
    await bench.leave(attached);

    await bench.leave(attached);
    await bench.delete();
    await bench.delete();

    expect(await ipLinkNames(bench.namespace)).to.deep.equal(["lo"]);
  });
}

/** Of drivers whose endpoints have an interface each. */
function withInterfaces(under: DriverUnderTest): void {
  const newBench = benchOf(under);
  it("tells states that are plain JSON", async function () {
    await using bench = await newBench(this);

    const network = await bench.create();
    const { state } = await bench.join();

    expect(JSON.parse(JSON.stringify({ network, state }))).to.deep.equal({ network, state });
  });

  it("marks every link that it makes on the host", async function () {
    await using bench = await newBench(this);
    const before = await ipLinkNames(bench.namespace);

    await bench.create();
    await bench.join();

    const made = (await ip(bench.namespace, "link", "show")).filter(
      ({ ifname }) => !before.includes(ifname),
    );
    const marks = made.map(({ altnames = [] }) => (altnames as string[]).join());
    expect(marks).to.satisfy((all: string[]) =>
      all.every((one) => /^suite\.controller\./.test(one)),
    );
  });

  it("makes the interface as it was asked for, up and under the index that it tells", async function () {
    await using bench = await newBench(this, { mtu: 1400 });
    await bench.create();

    const attached = await bench.join({ ifname: "wan7" });

    const link = await ipLink(bench.sandbox, "wan7");
    expect(link).to.include({ ifindex: attached.index, address: "02:00:00:00:00:02", mtu: 1400 });
    expect(attached.mtu).to.equal(1400);
    expect(link?.["flags"]).to.include("UP");
    expect(await ipAddresses(bench.sandbox, "wan7")).to.have.members([
      "10.1.0.2/24",
      "fd00:1::2/64",
    ]);
  });

  it("routes everything else to the gateways that it is given", async function () {
    await using bench = await newBench(this);
    await bench.create();

    await bench.join();

    const four = await ip(bench.sandbox, "-4", "route", "show", "default");
    const six = await ip(bench.sandbox, "-6", "route", "show", "default");
    const gateways = [...four, ...six].map(({ gateway }) => gateway);
    expect(gateways).to.deep.equal(["10.1.0.1", "fd00:1::1"]);
  });

  it("sets the MTU, the sysctls and the routes of an attachment", async function () {
    await using bench = await newBench(this);
    await bench.create();

    const { mtu } = await bench.join({
      mtu: 1400,
      routes: [
        { destination: "192.168.7.0/24", gateway: "10.1.0.9" },
        { destination: "fd00:7::/64", gateway: null },
      ],
      sysctls: { "net.ipv4.conf.IFNAME.forwarding": "1" },
    });

    const all = [
      ...(await ip(bench.sandbox, "-4", "route", "show")),
      ...(await ip(bench.sandbox, "-6", "route", "show")),
    ].map(({ dst, gateway }) => [dst, gateway]);
    expect(all).to.deep.include.members([
      ["192.168.7.0/24", "10.1.0.9"],
      ["fd00:7::/64", undefined],
    ]);
    const { stdout } = await runIn(bench.sandbox, "sysctl", "-n", "net.ipv4.conf.eth0.forwarding");
    expect(stdout).to.equal("1\n");
    expect([mtu, (await ipLink(bench.sandbox, "eth0"))?.["mtu"]]).to.deep.equal([1400, 1400]);
  });

  it("puts its default route in the place of another one where it takes that over", async function () {
    await using bench = await newBench(this);
    await bench.create();
    await bench.join();

    await bench.join({
      id: hex("f"),
      mac: "02:00:00:00:00:03",
      addresses: ["10.1.0.3/24", "fd00:1::3/64"],
      ifname: "eth1",
      takesOver: ["inet", "inet6"],
    });

    const four = await ip(bench.sandbox, "-4", "route", "show", "default");
    const six = await ip(bench.sandbox, "-6", "route", "show", "default");
    expect([...four, ...six].map(({ dev }) => dev)).to.deep.equal(["eth1", "eth1"]);
  });

  it("counts from the host, if it does, what the interface inside counts", async function () {
    needs(this, "program:ping");
    await using bench = await newBench(this);
    await bench.create();
    const { state } = await bench.join();
    await pings(bench.sandbox, "10.1.0.77"); // asked for three times, and nobody answers
    if (under.driver.statistics === undefined) return;

    const counted = await under.driver.statistics(bench.host, hex("e"), state);

    const { stdout } = await runIn(bench.sandbox, "ip", "-j", "-s", "link", "show", "dev", "eth0");
    const [{ stats64 }] = JSON.parse(stdout) as [{ stats64: { tx: { packets: number } } }];
    expect(counted?.txPackets).to.be.within(1, stats64.tx.packets);
    expect(await under.driver.statistics(bench.host, hex("9"), state), "of nobody").to.equal(
      undefined,
    );
  });

  it("routes nowhere when it is given none", async function () {
    await using bench = await newBench(this);
    await bench.create();

    await bench.join({ defaultGateways: [] });

    expect(await ip(bench.sandbox, "route", "show", "default")).to.deep.equal([]);
  });

  it("names the host's end as it is told", async function () {
    await using bench = await newBench(this);
    await bench.create();

    const { hostIfname } = await bench.join({ hostIfname: "port7" });

    // A driver without an end on the host tells so.
    if (hostIfname !== undefined) expect(await ipLinkNames(bench.namespace)).to.include("port7");
  });

  it("connects the sandboxes of a network, in both families", async function () {
    needs(this, "program:ping");
    await using bench = await newBench(this);
    await using other = await newNetns(this);
    await bench.create();
    await bench.join();
    const addresses = ["10.1.0.3/24", "fd00:1::3/64"];

    await bench.join({ id: hex("f"), mac: "02:00:00:00:00:03", addresses, sandbox: other });

    expect(await pings(other, "10.1.0.2")).to.be.true;
    expect(await pings(other, "fd00:1::2")).to.be.true;
  });

  it("leaves nothing of an attachment, whose names are free at once", async function () {
    await using bench = await newBench(this);
    await bench.create();
    const before = await ipLinkNames(bench.namespace);
    const attached = await bench.join();

    await bench.leave(attached);

    expect(await ipLinkNames(bench.sandbox)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(bench.namespace)).to.deep.equal(before);
    const again = await bench.join();
    expect(again.hostIfname).to.equal(attached.hostIfname);
  });

  it("takes an attachment and a network that are gone for success", async function () {
    await using bench = await newBench(this);
    await bench.create();
    const attached = await bench.join();
    await bench.leave(attached);

    await bench.leave(attached);
    await bench.delete();
    await bench.delete();

    expect(await ipLinkNames(bench.namespace)).to.deep.equal(["lo"]);
  });

  it("leaves nothing of a join that fails, and can join then", async function () {
    await using bench = await newBench(this);
    await bench.create();
    const before = await ipLinkNames(bench.namespace);

    const error = await rejection(bench.join({ defaultGateways: ["192.0.2.1"] })); // unreachable

    expect(error).to.include({ code: "ERR_CNM_KERNEL", syscall: "RTM_NEWROUTE" });
    expect(await ipLinkNames(bench.sandbox)).to.deep.equal(["lo"]);
    expect(await ipLinkNames(bench.namespace)).to.deep.equal(before);
    expect((await bench.join()).index).to.be.greaterThan(1);
  });

  it("leaves nothing of a network that cannot be made", async function () {
    const subnets = [{ subnet: "10.1.0.0/24", gateway: "0.0.0.0" }]; // no address of a host's
    await using bench = await newBench(this, { subnets });

    const outcome = await bench.create().then(
      () => "made",
      (error: unknown) => (error as { code?: unknown }).code,
    );

    expect(outcome).to.be.oneOf(["made", "ERR_CNM_KERNEL"]);
    if (outcome === "made") await bench.delete();
    expect(await ipLinkNames(bench.namespace)).to.deep.equal(["lo"]);
  });
}
