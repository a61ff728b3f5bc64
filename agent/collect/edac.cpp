// /sys/devices/system/edac/mc: errors that the memory's controllers counted.
#include "agent/collect/sysfs_devices.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

class EdacCollector final : public Collector {
  public:
    explicit EdacCollector(const CollectContext& context)
        : Collector("edac"), folder_(context.sys("/devices/system/edac/mc")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        folder_.refresh_if_there("mc");
        for (const auto& name : folder_.names()) {
            const auto number = std::string_view(name).substr(2);
            const auto controller = is_digits(number) ? folder_.open(name) : Fd();
            if (controller) {
                emit_controller(controller.get(), name, number, out);
            }
        }
        return {};
    }

  private:
    void emit_controller(int folder, const std::string& name, std::string_view number, SeriesWriter& out) {
        constexpr std::array<AttributeSeries, 2> totals{
            {{"ce_count", "node_edac_correctable_errors_total"}, {"ue_count", "node_edac_uncorrectable_errors_total"}}};
        constexpr std::array<AttributeSeries, 2> unplaced{
            {{"ce_noinfo_count", "node_edac_csrow_correctable_errors_total"},
             {"ue_noinfo_count", "node_edac_csrow_uncorrectable_errors_total"}}};
        constexpr std::array<AttributeSeries, 2> placed{{{"ce_count", "node_edac_csrow_correctable_errors_total"},
                                                         {"ue_count", "node_edac_csrow_uncorrectable_errors_total"}}};
        emit_attributes(folder, totals, {{"controller", number}}, attributes_, out);
        emit_attributes(folder, unplaced, {{"controller", number}, {"csrow", "unknown"}}, attributes_, out);
        FolderListing rows(folder_.path() + "/" + name);
        rows.refresh_if_there("csrow");
        for (const auto& row : rows.names()) {
            if (const auto opened = rows.open(row)) {
                emit_attributes(opened.get(), placed,
                                {{"controller", number}, {"csrow", std::string_view(row).substr(5)}}, attributes_, out);
            }
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
};

}  // namespace

std::unique_ptr<Collector> make_edac(const CollectContext& context) {
    return std::make_unique<EdacCollector>(context);
}

}  // namespace vigie::agent
