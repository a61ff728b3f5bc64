// A repository in a local folder, laid out as restic does: config, keys/, locks/, snapshots/, index/, data/xx/.
#pragma once
#include "agent/backup/storage.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/random.hpp"

namespace vigie::agent::backup {

class LocalStorage final : public Storage {
  public:
    LocalStorage(std::string folder, Random& random) : folder_(std::move(folder)), random_(random) {}

    std::string place() const override { return folder_; }
    Result<void> create() override;
    Result<std::vector<StoredFile>> list(FileKind kind) override;
    Result<std::string> load(FileKind kind, const Id& id) override;
    Result<std::string> load_range(FileKind kind, const Id& id, uint64_t offset, uint64_t length) override;
    Result<void> save(FileKind kind, const Id& id, std::string_view content) override;
    Result<void> remove(FileKind kind, const Id& id) override;

  private:
    std::string path_of(FileKind kind, const Id& id) const;
    Result<void> list_folder(const std::string& path, std::vector<StoredFile>& found);
    Result<int> open_pack(const Id& id);

    std::string folder_;
    Random& random_;
    // The packs read last stay open: restoring small files reads the same pack hundreds of times.
    static constexpr size_t open_packs_max = 8;
    std::vector<std::pair<Id, Fd>> open_packs_;
};

}  // namespace vigie::agent::backup
