// Where a repository's files lie, as an interface: a local folder, or in tests one that fails. It knows nothing of what
// the files hold. Every call blocks, and names the file in its error.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "agent/backup/id.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::backup {

enum class FileKind { config, key, lock, snapshot, index, pack };

struct StoredFile {
    Id id;
    uint64_t bytes = 0;
};

class Storage {
  public:
    virtual ~Storage() = default;
    // For people: the path or address.
    virtual std::string place() const = 0;
    // Makes the empty folders of a new repository.
    virtual Result<void> create() = 0;
    // The files of a kind, in no order. What does not look like a file of a repository is passed over.
    virtual Result<std::vector<StoredFile>> list(FileKind kind) = 0;
    // The config file is the only one of its kind: its id is ignored.
    virtual Result<std::string> load(FileKind kind, const Id& id) = 0;
    // Exactly `length` bytes from `offset`; corrupt when the file ends before.
    virtual Result<std::string> load_range(FileKind kind, const Id& id, uint64_t offset, uint64_t length) = 0;
    // After success the file is whole and survives a crash; after failure it is absent. Present already: success.
    virtual Result<void> save(FileKind kind, const Id& id, std::string_view content) = 0;
    virtual Result<void> remove(FileKind kind, const Id& id) = 0;
};

// "pack 1a2b…", for messages.
std::string describe(FileKind kind, const Id& id);

}  // namespace vigie::agent::backup
