// /sys/class/net/bonding_masters, and bonding/slaves of each.
#include "agent/collect/bonding.hpp"

#include <fcntl.h>

#include <cerrno>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

class BondingCollector final : public Collector {
  public:
    explicit BondingCollector(const CollectContext& context)
        : Collector("bonding"), path_(context.sys("/class/net")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        const Fd folder(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder) {
            return fail(errno_error(errno, path_));
        }
        VIGIE_TRY(masters_, attributes_.read(folder.get(), "bonding_masters").map_error([&](const Error& e) {
            return e.at(path_);
        }));
        std::string_view rest = masters_;
        for (auto master = next_field(rest); !master.empty(); master = next_field(rest)) {
            emit_master(folder.get(), master, out);
        }
        return {};
    }

  private:
    void emit_master(int folder, std::string_view master, SeriesWriter& out) {
        const auto slaves = attributes_.read(folder, path_of(master, "/bonding/slaves"));
        if (!slaves) {
            return;  // the bond went away between list and read
        }
        slaves_ = *slaves;
        std::string_view rest = slaves_;
        double members = 0;
        double active = 0;
        for (auto slave = next_field(rest); !slave.empty(); slave = next_field(rest)) {
            ++members;
            active += is_up(folder, master, slave) ? 1 : 0;
        }
        out.add("node_bonding_active", {{"master", master}}, active);
        out.add("node_bonding_slaves", {{"master", master}}, members);
    }

    // Links to members are called lower_NAME; slave_NAME before Linux 3.11.
    bool is_up(int folder, std::string_view master, std::string_view slave) {
        for (const auto* link : {"/lower_", "/slave_"}) {
            if (const auto state =
                    attributes_.read(folder, path_of(master, link, slave, "/bonding_slave/mii_status"))) {
                return *state == "up";
            }
        }
        return false;
    }

    const char* path_of(std::string_view a, std::string_view b, std::string_view c = {}, std::string_view d = {}) {
        name_.assign(a).append(b).append(c).append(d);
        return name_.c_str();
    }

    std::string path_;
    AttributeReader& attributes_;
    std::string masters_;  // copies: the reader's text is valid until its next one
    std::string slaves_;
    std::string name_;
};

}  // namespace

std::unique_ptr<Collector> make_bonding(const CollectContext& context) {
    return std::make_unique<BondingCollector>(context);
}

}  // namespace vigie::agent
