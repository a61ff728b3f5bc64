// Energy counters.
#include "agent/collect/rapl.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

std::string fit_for_series(std::string_view name) {
    std::string fit(name);
    for (auto& c : fit) {
        const bool is_fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        c = is_fit ? c : '_';
    }
    return fit;
}

}  // namespace

RaplZone number_zone(std::string_view name, std::map<std::string, uint64_t, std::less<>>& used) {
    auto rest = name;
    const auto stem = cut(rest, '-');
    if (const auto number = number_in<uint64_t>(rest); number && stem.size() + 1 + rest.size() == name.size()) {
        used[std::string(stem)] = *number + 1;
        return {fit_for_series(stem), *number};
    }
    auto& count = used[std::string(name)];
    return {fit_for_series(name), count++};
}

namespace {

class RaplCollector final : public Collector {
  public:
    explicit RaplCollector(const CollectContext& context)
        : Collector("rapl"), folder_(context.sys("/class/powercap")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh());
        std::map<std::string, uint64_t, std::less<>> used;
        for (const auto& folder : folder_.names()) {
            const auto opened = folder_.open(folder);
            const auto name = opened ? attributes_.text(opened.get(), "name") : std::string_view();
            if (name.empty()) {
                continue;  // a control type, such as intel-rapl itself
            }
            const auto zone = number_zone(name, used);
            const auto path = folder_.path() + "/" + folder;
            const auto text = attributes_.read(opened.get(), "energy_uj");
            if (!text && text.error().code == ErrorCode::denied) {
                // The others are denied as well. Not found, since an agent that is not root can't help it.
                return fail(ErrorCode::not_found, "{}: energy_uj may be read by root only", path);
            }
            if (const auto microjoules = text ? parse_attribute(*text) : std::nullopt) {
                const Decimal index(zone.index);
                out.add({"node_rapl_", zone.name, "_joules_total"}, {{"index", index.text()}, {"path", path}},
                        *microjoules / 1e6);
            }
        }
        return {};
    }

  private:
    FolderListing folder_;
    AttributeReader& attributes_;
};

}  // namespace

std::unique_ptr<Collector> make_rapl(const CollectContext& context) {
    return std::make_unique<RaplCollector>(context);
}

}  // namespace vigie::agent
