// What a power cut takes from a disk that keeps the order of writes: what was appended to a file and not synced, and
// the names that were given, taken or made (rename, unlink, link, mkdir) in a folder that was not synced since. What
// was overwritten or cut in place stays as it is: tests/simulation has a disk that tears those too. A new file's name
// stays, as file systems keep it when the file is synced. Any thread.
#pragma once
#include <sys/stat.h>

#include <mutex>
#include <string>
#include <vector>

namespace vigie::crash {

class PowerCut {
  public:
    // `kept`: an existing folder of the same file system; here stays what a name was taken from.
    explicit PowerCut(std::string kept) : kept_(std::move(kept)) {}

    // Before a write to a regular file.
    void note_write(int fd, const struct stat& info);
    // After a sync of a file or folder.
    void note_sync(int fd);

    // Each makes the change by `call`, which gives 0 when it is made, and returns what that gave; errno is the call's.
    template <typename Call>
    int rename(const char* from, const char* to, const Call& call) {
        const std::lock_guard lock(guard_);
        Change change{
            .kind = Change::Kind::renamed, .folder = folder_of(to), .path = to, .from = from, .kept = keep(to)};
        return note(std::move(change), call());
    }
    template <typename Call>
    int remove(const char* path, const Call& call) {
        const std::lock_guard lock(guard_);
        Change change{
            .kind = Change::Kind::removed, .folder = folder_of(path), .path = path, .from = {}, .kept = keep(path)};
        return note(std::move(change), call());
    }
    template <typename Call>
    int make(const char* path, const Call& call) {
        const std::lock_guard lock(guard_);
        return note({.kind = Change::Kind::made, .folder = folder_of(path), .path = path, .from = {}, .kept = {}},
                    call());
    }

    // The process must end now.
    void cut();

  private:
    struct WrittenFile {
        ino_t inode = 0;
        off_t synced_size = 0;
        std::string path;
    };
    struct Change {
        enum class Kind { renamed, removed, made };
        Kind kind;
        ino_t folder;      // in which the name is
        std::string path;  // the name
        std::string from;  // renamed: the name before
        std::string kept;  // what had the name, or ""
    };

    static ino_t folder_of(const std::string& path);
    std::string keep(const char* path);
    int note(Change change, int result);
    void move(const std::string& from, const std::string& to);

    const std::string kept_;
    std::mutex guard_;
    std::vector<WrittenFile> files_;
    std::vector<Change> changes_;
    size_t kept_count_ = 0;
};

}  // namespace vigie::crash
