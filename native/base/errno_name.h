#pragma once

namespace vethwork {

// "EEXIST" for EEXIST; "UNKNOWN" for a number that Linux does not have.
const char* ErrnoName(int number);

}  // namespace vethwork
