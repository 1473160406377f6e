// The messages of generic netlink that the codec knows, by family, in alphabetical order.
#include <linux/genetlink.h>

#include "codec/genl/tables.h"

namespace vethwork::codec::genl {
namespace {

constexpr MessageType Message(const Family* family, uint16_t command, std::string_view name,
                              const Table* table) {
  return {.number = command,
          .name = name,
          .header = &kNoHeader,
          .table = table,
          .origin = {.protocol = Protocol::kGeneric, .family = family}};
}

constexpr MessageType kList[] = {
    Message(&kControlFamily, CTRL_CMD_GETFAMILY, "CTRL_CMD_GETFAMILY", &kControl),
    Message(&kControlFamily, CTRL_CMD_NEWFAMILY, "CTRL_CMD_NEWFAMILY", &kControl),
};

}  // namespace

const Layout kNoHeader = {0, {}};
const MessageTypes kMessages = kList;

}  // namespace vethwork::codec::genl
