#include "codec/table.h"

namespace vethwork::codec {

const Attribute* FindByName(const Table& table, std::string_view name) {
  for (const Attribute& attribute : table.attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

const Attribute* FindByNumber(const Table& table, uint16_t number) {
  for (const Attribute& attribute : table.attributes) {
    if (attribute.number == number) return &attribute;
  }
  return nullptr;
}

}  // namespace vethwork::codec
