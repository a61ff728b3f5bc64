// Which file goes to which parser.
#include "agent/collect/net_collectors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "agent/collect/net_counters.hpp"
#include "agent/collect/netclass.hpp"
#include "agent/collect/netdev.hpp"
#include "agent/collect/numbers_collector.hpp"

namespace vigie::agent {
namespace {

// /proc/net/dev lacks packets that no protocol took; sysfs has them.
class NetdevCollector final : public Collector {
  public:
    explicit NetdevCollector(const CollectContext& context)
        : Collector("netdev"),
          file_(context.proc("/net/dev")),
          interfaces_(context.sys("/class/net/")),
          exclude_(context.options.netdev_exclude),
          buffer_(context.sources.buffer),
          attributes_(context.sources.attributes) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto devices, parse_netdev(text, exclude_));
        emit(devices, out);
        for (const auto& one : devices) {
            path_.assign(interfaces_).append(one.device).append("/statistics/rx_nohandler");
            if (const auto packets = attributes_.number(AT_FDCWD, path_.c_str())) {
                out.add("node_network_receive_nohandler_total", {{"device", one.device}}, *packets);
            }
        }
        return {};
    }

  private:
    ProcFile file_;
    std::string interfaces_;
    std::vector<std::string> exclude_;
    ReadBuffer& buffer_;
    AttributeReader& attributes_;
    std::string path_;
};

class NetclassCollector final : public Collector {
  public:
    explicit NetclassCollector(const CollectContext& context)
        : Collector("netclass"),
          interfaces_(context.sys("/class/net")),
          exclude_(context.options.netclass_exclude),
          attributes_(context.sources.attributes) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        return interfaces_.collect(exclude_, attributes_, out);
    }

  private:
    Netclass interfaces_;
    std::vector<std::string> exclude_;
    AttributeReader& attributes_;
};

// snmp, netstat and, with IPv6, snmp6. The buffer is shared, so each text is emitted before the next is read.
class NetstatCollector final : public Collector {
  public:
    NetstatCollector(const std::string& folder, ReadBuffer& buffer)
        : Collector("netstat"),
          snmp_(folder + "/snmp"),
          netstat_(folder + "/netstat"),
          snmp6_(folder + "/snmp6"),
          buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        for (auto* file : {&snmp_, &netstat_}) {
            VIGIE_TRY(const auto text, file->read(buffer_));
            VIGIE_TRY(const auto counters, parse_net_pairs(text));
            emit(counters, out);
        }
        if (const auto text = snmp6_.read(buffer_)) {
            VIGIE_TRY(const auto counters, parse_snmp6(*text));
            emit(counters, out);
        }
        return {};
    }

  private:
    ProcFile snmp_;
    ProcFile netstat_;
    ProcFile snmp6_;
    ReadBuffer& buffer_;
};

// A kernel may lack either protocol.
class SockstatCollector final : public Collector {
  public:
    explicit SockstatCollector(const CollectContext& context)
        : Collector("sockstat"),
          v4_(context.proc("/net/sockstat")),
          v6_(context.proc("/net/sockstat6")),
          buffer_(context.sources.buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        for (auto* file : {&v4_, &v6_}) {
            const auto text = file->read(buffer_);
            if (!text && text.error().code == ErrorCode::not_found) {
                continue;
            }
            if (!text) {
                return fail(text.error());
            }
            VIGIE_TRY(const auto counters, parse_sockstat(*text));
            emit_sockstat(counters, page_bytes_, out);
        }
        return {};
    }

  private:
    ProcFile v4_;
    ProcFile v6_;
    ReadBuffer& buffer_;
    double page_bytes_ = static_cast<double>(sysconf(_SC_PAGESIZE));
};

class ConntrackCollector final : public Collector {
  public:
    ConntrackCollector(const Roots& roots, ReadBuffer& buffer)
        : Collector("conntrack"),
          numbers_("conntrack",
                   {{roots.procfs + "/sys/net/netfilter/nf_conntrack_count", "node_nf_conntrack_entries"},
                    {roots.procfs + "/sys/net/netfilter/nf_conntrack_max", "node_nf_conntrack_entries_limit"}},
                   buffer),
          stat_(roots.procfs + "/net/stat/nf_conntrack"),
          buffer_(buffer) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        VIGIE_CHECK(numbers_.collect(tick, out));
        if (const auto text = stat_.read(buffer_)) {
            VIGIE_TRY(const auto reading, parse_conntrack(*text));
            emit(reading, out);
        }
        return {};
    }

  private:
    NumbersCollector numbers_;
    ProcFile stat_;
    ReadBuffer& buffer_;
};

}  // namespace

std::unique_ptr<Collector> make_conntrack(const CollectContext& context) {
    return std::make_unique<ConntrackCollector>(context.options.roots, context.sources.buffer);
}
std::unique_ptr<Collector> make_netclass(const CollectContext& context) {
    return std::make_unique<NetclassCollector>(context);
}
std::unique_ptr<Collector> make_netdev(const CollectContext& context) {
    return std::make_unique<NetdevCollector>(context);
}
std::unique_ptr<Collector> make_netstat(const CollectContext& context) {
    return std::make_unique<NetstatCollector>(context.proc("/net"), context.sources.buffer);
}
std::unique_ptr<Collector> make_sockstat(const CollectContext& context) {
    return std::make_unique<SockstatCollector>(context);
}

}  // namespace vigie::agent
