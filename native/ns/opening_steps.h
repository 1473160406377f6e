// Steps that open what outlives the job: descriptors that are handed out ("socket", "tun"), and
// what a feed keeps ("hold", "subscribe").
#pragma once

#include "ns/step.h"
#include "ns/tun.h"

namespace vethwork::ns {

void OpenSocketStep(const Step& step);

TunWish TunWishOf(const Step& step);
void OpenTunStep(const Step& step, const TunWish& wish);

void HoldStep(const Step& step);
// One socket for each protocol that the groups are of.
void SubscribeStep(const Step& step);

}  // namespace vethwork::ns
