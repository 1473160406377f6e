import { CnmError, invalidArgType, KernelError, phrase, quote, within } from "#lib/errors.js";
import type { NativeError } from "#lib/errors.js";
import { expect } from "chai";

function nativeError(fields: Partial<NativeError> = {}): NativeError {
  return Object.assign(new Error("EEXIST: File exists, RTM_NEWLINK"), {
    code: "EEXIST",
    errno: -17,
    syscall: "RTM_NEWLINK",
    ...fields,
  });
}

describe("CnmError", function () {
  it("carries code, context and cause", function () {
    const cause = new Error("inner");

    const error = new CnmError("ERR_CNM_CONFLICT", "taken", { field: "ifname" }, { cause });

    expect(error).to.include({ code: "ERR_CNM_CONFLICT", message: "taken", cause });
    expect(error.context).to.deep.equal({ field: "ifname" });
  });

  it("has its name on the prototype, not as a key of its own", function () {
    const error = new CnmError("ERR_CNM_CONFLICT", "taken");

    expect(error.name).to.equal("CnmError");
    expect(Object.keys(error)).to.have.members(["code", "context"]);
  });

  it("has no cause where none was given", function () {
    const error = new CnmError("ERR_CNM_CONFLICT", "taken");

    expect(error).not.to.have.property("cause");
  });

  it("begins its stack with name and message", function () {
    const error = new CnmError("ERR_CNM_CONFLICT", "taken");

    expect(error.stack).to.match(/^CnmError: taken\n/);
  });
});

describe("KernelError", function () {
  it("says operation, errno, the errno's sentence and the request", function () {
    const error = new KernelError("createEndpoint", nativeError());

    expect(error.message).to.match(/^createEndpoint: EEXIST: File exists \(RTM_NEWLINK\)/);
  });

  it("adds the kernel's own sentence and the attribute", function () {
    const cause = nativeError({
      message: "EEXIST: File exists, RTM_NEWLINK [Unknown device type.]",
      extack: "Unknown device type.",
      attribute: "linkinfo.kind",
    });

    const error = new KernelError("links.add", cause);

    expect(error.message).to.include(
      "File exists (RTM_NEWLINK): Unknown device type [attribute linkinfo.kind]",
    );
  });

  it("says what the call was about", function () {
    const message = "ENOENT: No such file or directory, open, /run/netns/a";
    const cause = nativeError({ message, code: "ENOENT", syscall: "open", detail: "/run/netns/a" });

    const error = new KernelError("Namespace.open", cause);

    expect(error.message).to.match(
      /^Namespace\.open: ENOENT: No such file or directory \(open \/run\/netns\/a\)/,
    );
  });

  it("keeps what the addon reported in fields, and the addon's error as cause", function () {
    const cause = nativeError({ extack: "No.", attribute: "ifname" });

    const error = new KernelError("links.add", cause, { link: "eth0" });

    expect(error).to.include({
      name: "KernelError",
      code: "ERR_CNM_KERNEL",
      errno: -17,
      errnoName: "EEXIST",
      syscall: "RTM_NEWLINK",
      extack: "No.",
      attribute: "ifname",
      cause,
    });
    expect(error.context).to.deep.equal({ link: "eth0" });
  });

  it("is a CnmError", function () {
    expect(new KernelError("links.add", nativeError())).to.be.instanceOf(CnmError);
  });

  it("takes Node's words for the errno when the addon's message has none", function () {
    const cause = nativeError({ message: "it broke" });

    const error = new KernelError("links.add", cause);

    expect(error.message).to.include("EEXIST: file already exists (RTM_NEWLINK)");
  });

  it("takes the addon's message when nobody knows the errno", function () {
    const cause = nativeError({ message: "it broke", code: "E9999", errno: -9999 });

    const error = new KernelError("links.add", cause);

    expect(error.message).to.equal("links.add: E9999: it broke (RTM_NEWLINK)");
  });

  const advice: [string, string, RegExp][] = [
    ["EBADF", "RTM_NEWTFILTER", /no such descriptor/],
    ["EAFNOSUPPORT", "RTM_NEWNEIGH", /another family/],
    ["EPERM", "RTM_NEWLINK", /CAP_NET_ADMIN.*CAP_SYS_ADMIN/],
    ["EEXIST", "RTM_NEWLINK", /of this name or index is there already/],
    ["EEXIST", "RTM_NEWADDR", /the interface has this address already/],
    ["ENODEV", "RTM_SETLINK", /no such interface/],
    ["EXFULL", "RTM_NEWLINK", /at most 1023 ports/],
    ["EOPNOTSUPP", "RTM_NEWLINK", /kernel lacks/],
    ["ENOTSUP", "RTM_NEWLINK", /kernel lacks/],
    ["ENETUNREACH", "RTM_NEWROUTE", /the gateway is not on a connected network/],
  ];
  for (const [code, syscall, text] of advice) {
    it(`says what to do about ${code} from ${syscall}`, function () {
      const cause = nativeError({ code, syscall, message: `${code}: words, ${syscall}` });

      const error = new KernelError("join", cause);

      expect(error.message).to.match(text);
    });
  }
});

describe("KernelError of /dev/net/tun", function () {
  for (const [code, syscall, detail, text] of [
    ["ENOENT", "open", "/dev/net/tun", /modprobe tun.*--device \/dev\/net\/tun/],
    ["EPERM", "open", "/dev/net/tun", /closed to this process.*--device/],
    ["ENOENT", "open", "/run/netns/x", /does not exist/],
    ["EMFILE", "open", "/dev/net/tun", /too many files open/],
    ["EBUSY", "ioctl", "TUNSETIFF x", /of this name or index is there already/],
    ["EBUSY", "ioctl", "something", /in use/],
  ] as const) {
    it(`says what to do about ${code} from ${syscall} of ${detail}`, function () {
      const message = `${code}: words, ${syscall}, ${detail}`;

      const error = new KernelError("add", nativeError({ code, syscall, detail, message }));

      expect(error.message).to.match(text);
    });
  }
});

describe("invalidArgType", function () {
  it("is a TypeError with Node's code and the field in its context", function () {
    const error = invalidArgType("mtu", "number", "5");

    expect(error).to.be.instanceOf(TypeError);
    expect(error).to.deep.include({ code: "ERR_INVALID_ARG_TYPE", context: { field: "mtu" } });
  });

  const wordings: [string, string, unknown, string][] = [
    ["mtu", "number", "5", `The "mtu" argument must be of type number. Received type string ('5')`],
    ["a.b", "string", null, `The "a.b" property must be of type string. Received null`],
    ["a", "string or Array", 5, `of type string or an instance of Array. Received type number (5)`],
    ["signal", "AbortSignal", new Map(), `an instance of AbortSignal. Received an instance of Map`],
    ["a", "string", undefined, "Received undefined"],
    ["a", "string", function go() {}, "Received function go"],
    ["a", "string", Object.create(null), "Received an instance of Object"],
    ["a", "a JSON value", 5n, `The "a" argument must be a JSON value. Received type bigint (5n)`],
  ];
  for (const [field, expected, value, wording] of wordings) {
    it(`says: ${wording}`, function () {
      const error = invalidArgType(field, expected, value);

      expect(error.message.endsWith(wording), error.message).to.be.true;
    });
  }

  it("shortens long text", function () {
    const error = invalidArgType("a", "number", "x".repeat(10_000_000));

    expect(error.message).to.have.length.below(120);
  });

  it("survives a value that throws when it is looked at", function () {
    const value = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
      },
    );

    const error = invalidArgType("a", "string", value);

    expect(error.message).to.include("Received a value that cannot be read");
  });
});

describe("phrase", function () {
  it("puts the operation before the message", function () {
    const error = phrase("join", new CnmError("ERR_CNM_CONFLICT", "taken"));

    expect(error.message).to.equal("join: taken");
  });

  it("leaves the error it was given as it was", function () {
    const original = new CnmError("ERR_CNM_CONFLICT", "taken");

    phrase("join", original);

    expect(original.message).to.equal("taken");
  });

  it("keeps class and fields of a KernelError", function () {
    const original = new KernelError("links.add", nativeError({ extack: "No." }), { link: "a" });

    const error = phrase("join", original);

    expect(error).to.be.instanceOf(KernelError);
    expect(Object.entries(error)).to.deep.equal(Object.entries(original));
    expect(error.cause).to.equal(original.cause);
  });

  it("keeps the stack's frames under the new message", function () {
    const original = new CnmError("ERR_CNM_CONFLICT", "taken");

    const error = phrase("join", original);

    expect(error.stack).to.equal(original.stack?.replace("taken", "join: taken"));
  });

  it("gives back other errors untouched", function () {
    const original = new TypeError("no");

    expect(phrase("join", original)).to.equal(original);
    expect(original.message).to.equal("no");
  });
});

describe("within", function () {
  it("adds the outer field to the message and to context.field", function () {
    const inner = new CnmError("ERR_CNM_INVALID_ADDRESS", "gateway: no", { field: "gateway" });

    const error = within("subnets.0", inner);

    expect(error.message).to.equal("subnets.0.gateway: no");
    expect(error.context["field"]).to.equal("subnets.0.gateway");
  });

  it("names the field of an error that had none", function () {
    const error = within("gateway", new CnmError("ERR_CNM_INVALID_ADDRESS", "no"));

    expect(error.message).to.equal("gateway: no");
    expect(error.context["field"]).to.equal("gateway");
  });

  it("keeps the rest of the context", function () {
    const inner = new CnmError("ERR_CNM_SUBNET_OVERLAP", "no", { owner: "n1" });

    expect(within("subnet", inner).context["owner"]).to.equal("n1");
  });
});

describe("quote", function () {
  it("escapes what would break a line", function () {
    expect(quote('a\n"b"')).to.equal('"a\\n\\"b\\""');
  });

  it("cuts long text", function () {
    expect(quote("x".repeat(1000))).to.equal(`"${"x".repeat(64)}…"`);
  });
});
