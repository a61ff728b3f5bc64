// read(2), chunker, blobs.
#include "agent/backup/file_saver.hpp"

#include <unistd.h>

#include <cerrno>

#include "agent/backup/source_reader.hpp"

namespace vigie::agent::backup {
namespace {
constexpr size_t read_bytes = 512U << 10;
constexpr size_t buffer_bytes = Chunker::chunk_bytes_max + read_bytes;
constexpr size_t changed_kept_max = 1000;
}  // namespace

FileSaver::FileSaver(Repository& repository, RepositoryLock& lock, ProgressReporter& progress, RunReport& report)
    : repository_(repository),
      lock_(lock),
      progress_(progress),
      report_(report),
      chunker_(repository.config().polynomial),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)) {}

bool FileSaver::is_unchanged(const Node* before, const Node& node) const {
    // ctime catches what mtime misses: a file rewritten at the same size with its mtime set back.
    return before != nullptr && before->type == NodeType::file && before->size == node.size &&
           before->modified == node.modified && before->changed == node.changed && before->inode == node.inode &&
           std::all_of(before->content.begin(), before->content.end(),
                       [this](const Id& id) { return repository_.index().has(BlobKind::data, id); });
}

Result<std::optional<Error>> FileSaver::save(int folder, const std::string& path, const Node* before, Node& node) {
    VIGIE_CHECK(lock_.renew_if_due());
    if (is_unchanged(before, node)) {
        node.content = before->content;
        ++report_.files_unmodified;
        report_.source_bytes += node.size;
        progress_.advance(node.size, path);
        return std::nullopt;
    }
    const auto file = open_regular_file(folder, node.name, path);
    if (!file) {
        return file.error();
    }
    VIGIE_TRY(auto refusal, save_content(file->get(), path, node));
    if (refusal) {
        return refusal;
    }
    ++(before != nullptr ? report_.files_changed : report_.files_new);
    report_.source_bytes += node.size;
    return std::nullopt;
}

Result<void> FileSaver::save_chunk(std::string_view chunk, const std::string& path, Node& node) {
    VIGIE_TRY(const auto saved, repository_.save_blob(BlobKind::data, chunk));
    report_.added_bytes += saved.stored_bytes;
    node.content.push_back(saved.id);
    progress_.advance(chunk.size(), path);
    return lock_.renew_if_due();
}

Result<std::optional<Error>> FileSaver::save_content(int file, const std::string& path, Node& node) {
    chunker_.start();
    size_t filled = 0;
    uint64_t total = 0;
    for (;;) {
        const auto got = read(file, buffer_.get() + filled, read_bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno_error(errno, "read " + path);
        }
        if (got == 0) {
            break;
        }
        size_t scanned = filled;
        filled += static_cast<size_t>(got);
        total += static_cast<uint64_t>(got);
        while (const auto cut = chunker_.find_cut({buffer_.get() + scanned, filled - scanned})) {
            const size_t end = scanned + *cut;
            VIGIE_CHECK(save_chunk({buffer_.get(), end}, path, node));
            std::memmove(buffer_.get(), buffer_.get() + end, filled - end);
            filled -= end;
            scanned = 0;
        }
    }
    if (filled > 0) {
        VIGIE_CHECK(save_chunk({buffer_.get(), filled}, path, node));
    }
    note_if_changed(file, path, node);
    node.size = total;  // what is stored, whatever the file did meanwhile
    return std::nullopt;
}

void FileSaver::note_if_changed(int file, const std::string& path, const Node& node) {
    struct stat entry {};
    if (fstat(file, &entry) != 0) {
        return;
    }
    const auto after = node_from_stat(entry);
    // The node keeps the times from before, so that the next run reads the file again.
    const bool is_changed = after.size != node.size || after.modified != node.modified || after.changed != node.changed;
    if (is_changed && report_.changed_while_read.size() < changed_kept_max) {
        report_.changed_while_read.push_back(path);
    }
}

}  // namespace vigie::agent::backup
