// XFS. The columns are described in the kernel's fs/xfs/xfs_stats.h.
#include "agent/collect/xfs.hpp"

#include <array>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

struct Column {
    std::string_view line;
    size_t number;
    const char* series;
};
constexpr std::array<Column, 39> columns{{
    {"extent_alloc", 0, "node_xfs_extent_allocation_extents_allocated_total"},
    {"extent_alloc", 1, "node_xfs_extent_allocation_blocks_allocated_total"},
    {"extent_alloc", 2, "node_xfs_extent_allocation_extents_freed_total"},
    {"extent_alloc", 3, "node_xfs_extent_allocation_blocks_freed_total"},
    {"abt", 0, "node_xfs_allocation_btree_lookups_total"},
    {"abt", 1, "node_xfs_allocation_btree_compares_total"},
    {"abt", 2, "node_xfs_allocation_btree_records_inserted_total"},
    {"abt", 3, "node_xfs_allocation_btree_records_deleted_total"},
    {"blk_map", 0, "node_xfs_block_mapping_reads_total"},
    {"blk_map", 1, "node_xfs_block_mapping_writes_total"},
    {"blk_map", 2, "node_xfs_block_mapping_unmaps_total"},
    {"blk_map", 3, "node_xfs_block_mapping_extent_list_insertions_total"},
    {"blk_map", 4, "node_xfs_block_mapping_extent_list_deletions_total"},
    {"blk_map", 5, "node_xfs_block_mapping_extent_list_lookups_total"},
    {"blk_map", 6, "node_xfs_block_mapping_extent_list_compares_total"},
    {"bmbt", 0, "node_xfs_block_map_btree_lookups_total"},
    {"bmbt", 1, "node_xfs_block_map_btree_compares_total"},
    {"bmbt", 2, "node_xfs_block_map_btree_records_inserted_total"},
    {"bmbt", 3, "node_xfs_block_map_btree_records_deleted_total"},
    {"dir", 0, "node_xfs_directory_operation_lookup_total"},
    {"dir", 1, "node_xfs_directory_operation_create_total"},
    {"dir", 2, "node_xfs_directory_operation_remove_total"},
    {"dir", 3, "node_xfs_directory_operation_getdents_total"},
    {"ig", 0, "node_xfs_inode_operation_attempts_total"},
    {"ig", 1, "node_xfs_inode_operation_found_total"},
    {"ig", 2, "node_xfs_inode_operation_recycled_total"},
    {"ig", 3, "node_xfs_inode_operation_missed_total"},
    {"ig", 4, "node_xfs_inode_operation_duplicates_total"},
    {"ig", 5, "node_xfs_inode_operation_reclaims_total"},
    {"ig", 6, "node_xfs_inode_operation_attribute_changes_total"},
    {"rw", 0, "node_xfs_write_calls_total"},
    {"rw", 1, "node_xfs_read_calls_total"},
    {"vnodes", 0, "node_xfs_vnode_active_total"},
    {"vnodes", 1, "node_xfs_vnode_allocate_total"},
    {"vnodes", 2, "node_xfs_vnode_get_total"},
    {"vnodes", 3, "node_xfs_vnode_hold_total"},
    {"vnodes", 4, "node_xfs_vnode_release_total"},
    {"vnodes", 5, "node_xfs_vnode_reclaim_total"},
    {"vnodes", 6, "node_xfs_vnode_remove_total"},
}};
constexpr size_t columns_max = 8;

}  // namespace

Result<std::vector<XfsCounter>> parse_xfs(std::string_view text) {
    std::vector<XfsCounter> counters;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        std::array<std::string_view, columns_max> fields;
        for (auto& field : fields) {
            field = next_field(line);
        }
        for (const auto& column : columns) {
            if (column.line != name) {
                continue;
            }
            const auto number = number_in<double>(fields[column.number]);
            if (!number) {
                return fail(ErrorCode::malformed, "xfs: {}: column {} is missing or no number", name,
                            column.number + 1);
            }
            counters.push_back({column.series, *number});
        }
    }
    return counters;
}

namespace {

class XfsCollector final : public Collector {
  public:
    explicit XfsCollector(const CollectContext& context)
        : Collector("xfs"), folder_(context.sys("/fs/xfs")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        folder_.refresh_if_there();
        Result<void> outcome;
        for (const auto& device : folder_.names()) {
            const auto opened = folder_.open(device);
            const auto text = opened ? attributes_.read(opened.get(), "stats/stats") : fail(ErrorCode::not_found, "");
            if (!text) {
                continue;  // the folders of the driver itself
            }
            const auto counters = parse_xfs(*text);
            if (!counters) {
                outcome = fail(counters.error().at(device));
                continue;
            }
            for (const auto& one : *counters) {
                out.add(one.series, {{"device", device}}, one.value);
            }
        }
        return outcome;
    }

  private:
    FolderListing folder_;
    AttributeReader& attributes_;
};

}  // namespace

std::unique_ptr<Collector> make_xfs(const CollectContext& context) {
    return std::make_unique<XfsCollector>(context);
}

}  // namespace vigie::agent
