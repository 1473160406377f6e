// The step "dump": all that the kernel has of something, repeated where it changed meanwhile.
#pragma once

#include "ns/request.h"
#include "ns/step.h"

namespace vethwork::ns {

// `at` is its position in the job.
void DumpStep(const Step& step, Requester::Outside outside, size_t at);

}  // namespace vethwork::ns
