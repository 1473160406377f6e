// Writes what this kernel answers, as seeds for the fuzzers: a dump of everything that the codec
// has a message for, in the namespace that this runs in.
//   fuzz-record FOLDER
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "fuzz/origins.h"
#include "fuzz/resolver.h"
#include "ns/request.h"
#include "socket/netlink_socket.h"

namespace vethwork::fuzz {
namespace {

constexpr size_t kMostBytes = 6000;  // a file: small inputs are what fuzzers are fast with

class Recorder : public AnyResolver {
 public:
  uint32_t LinkIndex(const std::string& name) override { return ::if_nametoindex(name.c_str()); }
  uint16_t FamilyId(const codec::Family& family) override {
    if (family.name == "nlctrl") return GENL_ID_CTRL;
    const codec::Bytes reply =
        Ask(R"({"type":"CTRL_CMD_GETFAMILY","flags":["ack"],"attributes":{"family_name":")" +
                std::string(family.name) + "\"}}",
            false);
    const auto number =
        codec::FindNumber(reply, codec::FindMessageType("CTRL_CMD_GETFAMILY")->origin, "family_id");
    if (!number) throw SysError(ENOENT, "CTRL_CMD_GETFAMILY", std::string(family.name));
    return static_cast<uint16_t>(*number);
  }

  // All messages of the answer, numbered 1.
  codec::Bytes Ask(const std::string& text, bool dump) {
    const codec::Document document(text);
    const codec::Origin& origin = codec::TypeOf(document.root()).origin;
    socket::NetlinkSocket socket(ns::ProtocolNumber(origin));
    const uint32_t sequence = socket.NextSequence();
    const codec::Bytes request = codec::Encode(document.root(), sequence, *this);
    codec::Bytes answer;
    const auto add = [&](uint32_t, socket::View one) {
      if (answer.size() + one.size() > kMostBytes && !answer.empty()) return;
      answer.resize(codec::Align(answer.size()));
      const size_t start = answer.size();
      answer.insert(answer.end(), one.begin(), one.end());
      Mark(answer, start, origin);
    };
    if (dump) {
      socket.Dump(request, sequence, add);
    } else {
      socket.Send(request);
      socket.Receive(sequence, sequence, add, [](uint32_t, const socket::Verdict&) {});
    }
    return answer;
  }

 private:
  // Which origin it is of (origins.h), and the same number in all recordings.
  static void Mark(codec::Bytes& answer, size_t start, const codec::Origin& origin) {
    auto header = codec::Load<nlmsghdr>(answer.data() + start);
    header.nlmsg_seq = 1;
    header.nlmsg_pid = 0;
    while (Origins()[header.nlmsg_pid].protocol != origin.protocol ||
           Origins()[header.nlmsg_pid].family != origin.family) {
      header.nlmsg_pid++;
    }
    std::memcpy(answer.data() + start, &header, sizeof header);
  }
};

// What has to be said beside the type, of what scripts/fuzz/populate.sh makes.
struct More {
  std::string_view type, members;
  std::string_view as = {};  // a file of its own beside that of the type
};
constexpr More kMore[] = {
    {"ETHTOOL_MSG_FEATURES_GET", R"("attributes":{"header":{"dev_name":"veth0"}})"},
    {"NFT_MSG_GETSETELEM", R"("header":{"family":"inet"},"attributes":{"table":"t","set":"s"})"},
    {"RTM_GETLINK", R"("header":{"family":"bridge"},"attributes":{"ext_mask":["brvlan"]})",
     "RTM_GETLINK-bridge"},
    {"RTM_GETSTATS", R"("header":{"filter_mask":["link_64"]})"},
    {"RTM_GETTCLASS", R"("header":{"index":"veth0"})"},
    {"RTM_GETTFILTER", R"("header":{"index":"veth0","parent":65536})"},
    {"RTM_GETVLAN", R"("header":{"family":"bridge"})"},
    {"WG_CMD_GET_DEVICE", R"("attributes":{"ifname":"l-wg"})"},
};

const More* MoreOf(std::string_view type) {
  for (const More& more : kMore) {
    if (more.type == type && more.as.empty()) return &more;
  }
  return nullptr;
}

std::string Question(std::string_view type, const More* more, bool dump) {
  std::string text = "{\"type\":\"" + std::string(type) + "\",\"flags\":[\"";
  text += dump ? "dump\"]" : "ack\"]";
  if (more != nullptr) text += "," + std::string(more->members);
  return text + "}";
}

void Record(const std::string& folder, std::string_view type, const More* more) {
  const std::string name(more == nullptr || more->as.empty() ? type : more->as);
  codec::Bytes answer;
  for (const bool dump : {true, false}) {
    try {
      Recorder recorder;
      answer = recorder.Ask(Question(type, more, dump), dump);
    } catch (const SysError& error) {
      std::fprintf(stderr, "%s: %s %s\n", name.c_str(), error.syscall.c_str(),
                   std::strerror(error.number));
    }
    if (!answer.empty()) break;
  }
  if (answer.empty()) return;
  std::ofstream file(folder + "/" + name + ".bin", std::ios::binary);
  file.write(reinterpret_cast<const char*>(answer.data()),
             static_cast<std::streamsize>(answer.size()));
  std::printf("%s: %zu bytes\n", name.c_str(), answer.size());
}

}  // namespace
}  // namespace vethwork::fuzz

int main(int count, char** words) {
  if (count != 2) return std::fprintf(stderr, "fuzz-record FOLDER\n"), 2;
  using namespace vethwork::fuzz;
  for (const auto* type : AllMessages()) {
    if (type->name.find("_GET") == std::string_view::npos) continue;
    Record(words[1], type->name, MoreOf(type->name));
  }
  for (const More& more : kMore) {
    if (!more.as.empty()) Record(words[1], more.type, &more);
  }
}
