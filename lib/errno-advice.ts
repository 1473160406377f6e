/**
 * What a caller can do about an errno, as half a sentence to end a message with.
 * `undefined` where nothing better is known than the kernel's own words.
 */
export function errnoAdvice(
  errnoName: string,
  syscall: string,
  detail?: string,
): string | undefined {
  const subject = detail?.split(" ", 1)[0] ?? "";
  const special = bySubject.get(`${subject} ${errnoName}`);
  if (special !== undefined) return special;
  return bySyscall.get(`${syscall} ${errnoName}`) ?? byErrno.get(errnoName);
}

const noTun = "load the module (`modprobe tun`); in a container, add `--device /dev/net/tun`";
const closedTun =
  "the device is closed to this process: in a container, add `--device /dev/net/tun`";

// By the first word of what the system call was about.
const bySubject: ReadonlyMap<string, string> = new Map([
  ["/dev/net/tun ENOENT", noTun],
  ["/dev/net/tun ENODEV", noTun],
  ["/dev/net/tun ENXIO", noTun],
  ["/dev/net/tun EACCES", closedTun],
  ["/dev/net/tun EPERM", closedTun],
  ["TUNSETIFF EBUSY", "a link of this name or index is there already, or somebody has it open"],
  ["TUNSETIFF EINVAL", "a link of this name is of another kind, or differs in `multiQueue`"],
  ["TUNSETIFF E2BIG", "it has as many queues as the kernel allows"],
  ["TUNSETIFF EPERM", "needs CAP_NET_ADMIN, or to be its owner"],
]);

// The more specific half: the same errno means another thing to another request.
const bySyscall: ReadonlyMap<string, string> = new Map([
  ["RTM_NEWADDR EEXIST", "the interface has this address already"],
  ["RTM_NEWADDR EADDRNOTAVAIL", "the interface takes no such address; is IPv6 disabled on it?"],
  ["RTM_NEWADDR EACCES", "IPv6 is disabled on the interface (sysctl disable_ipv6)"],
  [
    "RTM_NEWNEIGH EPERM",
    "needs CAP_NET_ADMIN; and a port learns only while it forwards: is it up?",
  ],
  ["RTM_NEWNEIGH EAFNOSUPPORT", "the address is of another family than what the link sends by"],
  ["RTM_NEWROUTE EEXIST", "a route to this destination with this metric is there already"],
  ["RTM_NEWROUTE ENETDOWN", "the interface of the route is down: set it up first"],
  ["RTM_NEWROUTE EINVAL", "check that the gateway and the destination are of one family"],
  ["RTM_DELROUTE ESRCH", "there is no such route"],
  ["RTM_NEWLINK EEXIST", "an interface, or an altname, of this name or index is there already"],
  ["RTM_NEWLINK ENOTCONN", "the other end of the pair does not exist yet: set it up afterwards"],
  ["RTM_NEWLINK EBUSY", "the interface belongs to another master: take it out of that one first"],
  ["RTM_NEWLINK ELOOP", "the interface cannot be a port of itself, or of a bridge within a bridge"],
  ["RTM_NEWQDISC ENOENT", "this kernel has no qdisc of that kind, or there is no such parent"],
  ["RTM_NEWQDISC EEXIST", "there is one already: replace it, or remove it first"],
  ["RTM_DELQDISC ENOENT", "there is nothing to remove at that place"],
  ["RTM_DELTCLASS EBUSY", "it has classes or filters: remove them first"],
  ["RTM_NEWTFILTER EBADF", "this process has no such descriptor open"],
  [
    "RTM_NEWTFILTER EINVAL",
    "there is no such parent, or a value is not accepted: for bpf, a classifier is wanted",
  ],
  ["RTM_NEWTFILTER ENOENT", "this kernel has no filter or action of that kind"],
  ["IPCTNL_MSG_CT_GET ENOENT", "there is no such flow; is the zone right?"],
  ["IPCTNL_MSG_CT_DELETE ENOENT", "there is no such flow, or a newer one with this tuple"],
  ["IPCTNL_MSG_CT_NEW ENOENT", "there is no such flow; is the zone right?"],
  ["IPCTNL_MSG_CT_NEW EEXIST", "a flow has this tuple, or the reply's, already"],
  ["IPCTNL_MSG_CT_NEW EBUSY", "a bit of the status that is set cannot be unset: name it too"],
  ["fcntl EBADF", "this process has no such descriptor open"],
  ["RTM_DELLINK ENOTSUP", "the kernel removes no loopback and no hardware"],
  ["RTM_DELLINK EOPNOTSUPP", "the kernel removes no loopback and no hardware"],
  ["dump EINTR", "links, addresses or routes kept changing while they were listed; ask again"],
  ["execve ENOENT", "the command is not there; give a full path, or check PATH"],
  ["execve EACCES", "the command is not an executable file, or a directory on its way is closed"],
]);

const byErrno: ReadonlyMap<string, string> = new Map([
  ["ERESTART", "the ruleset is of another generation by now: read it again, then decide again"],
  [
    "EPERM",
    "needs CAP_NET_ADMIN in the user namespace that owns the network namespace, and CAP_SYS_ADMIN " +
      "to enter or to make one; run as root, or inside `unshare --user --map-root-user --net --mount`",
  ],
  ["EACCES", "the rights of this process do not suffice; check file modes and capabilities"],
  ["EEXIST", "something of this name or value is there already"],
  ["ENOENT", "what the request names does not exist (any more)"],
  ["ENODEV", "there is no such interface in this namespace (any more)"],
  ["ENXIO", "there is no such interface in this namespace (any more)"],
  ["ESRCH", "there is no such process, route or rule (any more)"],
  ["EXFULL", "a Linux bridge holds at most 1023 ports; spread the endpoints over several networks"],
  ["EOPNOTSUPP", "this kernel lacks the feature, or the module for it is not loaded"],
  // The same number as EOPNOTSUPP on Linux; libuv prefers this name.
  ["ENOTSUP", "this kernel lacks the feature, or the module for it is not loaded"],
  ["EAFNOSUPPORT", "this kernel lacks the address family; is IPv6 switched off?"],
  ["EPROTONOSUPPORT", "this kernel lacks the protocol, or the module for it is not loaded"],
  ["ENOSYS", "this kernel, or a seccomp profile around this process, lacks the system call"],
  ["ENETUNREACH", "the gateway is not on a connected network; add its subnet, or a route to it"],
  ["EHOSTUNREACH", "the gateway cannot be reached through this interface"],
  ["ENETDOWN", "the interface is down: set it up first"],
  ["EADDRNOTAVAIL", "no interface of this namespace has the address"],
  ["EADDRINUSE", "another socket of this namespace has it already"],
  ["EBUSY", "the object is in use; end its users first"],
  ["EINVAL", "the kernel does not accept a value of the request, or not on this kind of object"],
  ["ERANGE", "a value is out of the range that the kernel accepts"],
  ["ENAMETOOLONG", "interface names hold at most 15 bytes, altnames 127"],
  ["EMFILE", "this process has too many files open: raise `ulimit -n`"],
  ["ENFILE", "this machine has too many files open: raise the sysctl fs.file-max"],
  [
    "ENOSPC",
    "a limit of the kernel is reached; see the sysctls user.max_net_namespaces and *_mnt_*",
  ],
  ["EUSERS", "a limit of the kernel is reached; see the sysctl user.max_user_namespaces"],
  ["ENOMEM", "the kernel is out of memory, or the cgroup of this process is"],
  ["ENOBUFS", "the kernel is out of buffers for the socket; send less at a time"],
  ["EMSGSIZE", "the request does not fit the socket's buffer; send less at a time"],
  ["EROFS", "the file system is read-only; is /proc/sys mounted so, as in most containers?"],
  ["ESTALE", "the namespace at this path is another one than before"],
  ["EBADF", "the handle is closed"],
]);
