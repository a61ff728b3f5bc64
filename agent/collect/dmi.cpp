// One series whose labels are the files.
#include "agent/collect/dmi.hpp"

namespace vigie::agent {
namespace {

struct Source {
    const char* file;
    const char* label;
};
constexpr std::array<Source, 20> sources{{
    {"bios_date", "bios_date"},
    {"bios_release", "bios_release"},
    {"bios_vendor", "bios_vendor"},
    {"bios_version", "bios_version"},
    {"board_asset_tag", "board_asset_tag"},
    {"board_name", "board_name"},
    {"board_serial", "board_serial"},
    {"board_vendor", "board_vendor"},
    {"board_version", "board_version"},
    {"chassis_asset_tag", "chassis_asset_tag"},
    {"chassis_serial", "chassis_serial"},
    {"chassis_vendor", "chassis_vendor"},
    {"chassis_version", "chassis_version"},
    {"product_family", "product_family"},
    {"product_name", "product_name"},
    {"product_serial", "product_serial"},
    {"product_sku", "product_sku"},
    {"product_uuid", "product_uuid"},
    {"product_version", "product_version"},
    {"sys_vendor", "system_vendor"},
}};

class DmiCollector final : public Collector {
  public:
    explicit DmiCollector(const CollectContext& context)
        : Collector("dmi"), folder_(context.sys("/class/dmi/id")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        if (!is_read_) {
            read();
            is_read_ = true;
        }
        if (labels_.empty()) {
            return fail(ErrorCode::not_found, "{}: nothing there", folder_.path());
        }
        out.add("node_dmi_info", std::span<const SeriesLabel>(labels_), 1);
        return {};
    }

  private:
    void read() {
        if (!folder_.refresh()) {
            return;
        }
        values_.reserve(sources.size());  // the labels are views of them
        for (const auto& source : sources) {
            if (const auto text = attributes_.read(folder_.fd(), source.file)) {
                labels_.push_back({source.label, values_.emplace_back(*text)});
            }
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    bool is_read_ = false;
    std::vector<std::string> values_;
    std::vector<SeriesLabel> labels_;
};

}  // namespace

std::unique_ptr<Collector> make_dmi(const CollectContext& context) {
    return std::make_unique<DmiCollector>(context);
}

}  // namespace vigie::agent
