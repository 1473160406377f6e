// Queueing disciplines and their classes: include/uapi/linux/pkt_sched.h, tc-tbf(8) and so on.
// Rates are in bytes per second; times in ticks of 64 ns (PSCHED_SHIFT) where no unit is named.
#include <linux/pkt_sched.h>

#include "codec/rtnl/tc.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Field kTbfFields[] = {
    RateLayer(offsetof(tc_tbf_qopt, rate), "linklayer"),
    RateBytes(offsetof(tc_tbf_qopt, rate), "rate"),
    RateLayer(offsetof(tc_tbf_qopt, peakrate), "peak_linklayer"),
    RateBytes(offsetof(tc_tbf_qopt, peakrate), "peakrate"),
    {offsetof(tc_tbf_qopt, limit), 4, "limit"},
    {offsetof(tc_tbf_qopt, buffer), 4, "buffer"},
    {offsetof(tc_tbf_qopt, mtu), 4, "mtu"},
};
constexpr Layout kTbfParms = {sizeof(tc_tbf_qopt), kTbfFields};
constexpr Attribute kTbfAttributes[] = {
    Struct(TCA_TBF_PARMS, "parms", &kTbfParms),
    Plain(TCA_TBF_RATE64, "rate64", Type::kU64),
    Plain(TCA_TBF_PRATE64, "prate64", Type::kU64),
    U32(TCA_TBF_BURST, "burst"),
    U32(TCA_TBF_PBURST, "pburst"),
};
constexpr Table kTbf = {kTbfAttributes};

constexpr Name kHtbVersions[] = {{TC_HTB_PROTOVER, "current"}};
constexpr Field kHtbGlobalFields[] = {
    {offsetof(tc_htb_glob, version), 4, "version", kHtbVersions},
    {offsetof(tc_htb_glob, rate2quantum), 4, "rate2quantum"},
    {offsetof(tc_htb_glob, defcls), 4, "defcls"},
    {offsetof(tc_htb_glob, direct_pkts), 4, "direct_pkts"},
};
constexpr Layout kHtbGlobal = {sizeof(tc_htb_glob), kHtbGlobalFields};
constexpr Field kHtbClassFields[] = {
    RateLayer(offsetof(tc_htb_opt, rate), "linklayer"),
    RateBytes(offsetof(tc_htb_opt, rate), "rate"),
    RateLayer(offsetof(tc_htb_opt, ceil), "ceil_linklayer"),
    RateBytes(offsetof(tc_htb_opt, ceil), "ceil"),
    {offsetof(tc_htb_opt, buffer), 4, "buffer"},
    {offsetof(tc_htb_opt, cbuffer), 4, "cbuffer"},
    {offsetof(tc_htb_opt, quantum), 4, "quantum"},
    {offsetof(tc_htb_opt, level), 4, "level"},
    {offsetof(tc_htb_opt, prio), 4, "prio"},
};
constexpr Layout kHtbClass = {sizeof(tc_htb_opt), kHtbClassFields};
constexpr Attribute kHtbAttributes[] = {
    Struct(TCA_HTB_PARMS, "parms", &kHtbClass),  Struct(TCA_HTB_INIT, "init", &kHtbGlobal),
    U32(TCA_HTB_DIRECT_QLEN, "direct_qlen"),     Plain(TCA_HTB_RATE64, "rate64", Type::kU64),
    Plain(TCA_HTB_CEIL64, "ceil64", Type::kU64),
};
constexpr Table kHtb = {kHtbAttributes};

// Probabilities are fractions of 2^32 - 1.
constexpr Field kNetemFields[] = {
    {offsetof(tc_netem_qopt, latency), 4, "latency"},
    {offsetof(tc_netem_qopt, limit), 4, "limit"},
    {offsetof(tc_netem_qopt, loss), 4, "loss"},
    {offsetof(tc_netem_qopt, gap), 4, "gap"},
    {offsetof(tc_netem_qopt, duplicate), 4, "duplicate"},
    {offsetof(tc_netem_qopt, jitter), 4, "jitter"},
};
constexpr Layout kNetemPrefix = {sizeof(tc_netem_qopt), kNetemFields};
constexpr Field kNetemCorrelationFields[] = {
    {offsetof(tc_netem_corr, delay_corr), 4, "delay"},
    {offsetof(tc_netem_corr, loss_corr), 4, "loss"},
    {offsetof(tc_netem_corr, dup_corr), 4, "duplicate"},
};
constexpr Layout kNetemCorrelation = {sizeof(tc_netem_corr), kNetemCorrelationFields};
constexpr Field kNetemReorderFields[] = {
    {offsetof(tc_netem_reorder, probability), 4, "probability"},
    {offsetof(tc_netem_reorder, correlation), 4, "correlation"},
};
constexpr Layout kNetemReorder = {sizeof(tc_netem_reorder), kNetemReorderFields};
constexpr Field kNetemRateFields[] = {{offsetof(tc_netem_rate, rate), 4, "rate"}};
constexpr Layout kNetemRate = {sizeof(tc_netem_rate), kNetemRateFields};
constexpr Attribute kNetemAttributes[] = {
    Struct(TCA_NETEM_CORR, "corr", &kNetemCorrelation),
    Struct(TCA_NETEM_REORDER, "reorder", &kNetemReorder),
    Struct(TCA_NETEM_CORRUPT, "corrupt", &kNetemReorder),
    Struct(TCA_NETEM_RATE, "rate", &kNetemRate),
    Plain(TCA_NETEM_RATE64, "rate64", Type::kU64),
    Plain(TCA_NETEM_LATENCY64, "latency64", Type::kU64),  // ns
    Plain(TCA_NETEM_JITTER64, "jitter64", Type::kU64),
};
constexpr Table kNetem = {kNetemAttributes, &kNetemPrefix};

// Times in microseconds
constexpr Attribute kFqCodelAttributes[] = {
    U32(TCA_FQ_CODEL_TARGET, "target"),
    U32(TCA_FQ_CODEL_LIMIT, "limit"),
    U32(TCA_FQ_CODEL_INTERVAL, "interval"),
    U32(TCA_FQ_CODEL_ECN, "ecn"),
    U32(TCA_FQ_CODEL_FLOWS, "flows"),
    U32(TCA_FQ_CODEL_QUANTUM, "quantum"),
    U32(TCA_FQ_CODEL_MEMORY_LIMIT, "memory_limit"),
};
constexpr Table kFqCodel = {kFqCodelAttributes};

constexpr Attribute kFqAttributes[] = {
    U32(TCA_FQ_PLIMIT, "plimit"),           U32(TCA_FQ_FLOW_PLIMIT, "flow_plimit"),
    U32(TCA_FQ_QUANTUM, "quantum"),         U32(TCA_FQ_INITIAL_QUANTUM, "initial_quantum"),
    U32(TCA_FQ_RATE_ENABLE, "rate_enable"), U32(TCA_FQ_FLOW_MAX_RATE, "flow_max_rate"),
};
constexpr Table kFq = {kFqAttributes};

constexpr Field kFifoFields[] = {{offsetof(tc_fifo_qopt, limit), 4, "limit"}};
constexpr Layout kFifoPrefix = {sizeof(tc_fifo_qopt), kFifoFields};
constexpr Table kFifo = {{}, &kFifoPrefix};

struct Kind {
  std::string_view name;
  const Table* options;
};
constexpr Kind kKinds[] = {{"bfifo", &kFifo}, {"fq", &kFq},       {"fq_codel", &kFqCodel},
                           {"htb", &kHtb},    {"netem", &kNetem}, {"pfifo", &kFifo},
                           {"tbf", &kTbf}};

}  // namespace

const Table* FindQdisc(std::string_view kind) {
  for (const Kind& known : kKinds) {
    if (known.name == kind) return known.options;
  }
  return nullptr;
}

}  // namespace vethwork::codec::rtnl
