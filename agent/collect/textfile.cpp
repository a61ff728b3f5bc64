// The folder. A file is read when it has changed; between two changes a collection costs one stat for each. Whether its
// series are known from elsewhere is asked only when it has others than before.
#include "agent/collect/textfile.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <unordered_set>

#include "agent/series/text.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

struct KnownFile {
    std::string name;
    struct stat read {};
    TextfileReading reading;
    bool is_good = false;
};

class TextfileCollector final : public Collector {
  public:
    explicit TextfileCollector(const CollectContext& context)
        : Collector("textfile"), folder_(context.options.textfile_directory), buffer_(context.sources.buffer) {}

    // Always succeeds: node_textfile_scrape_error tells of what is bad, as in node_exporter.
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        bool has_errors = false;
        if (!folder_.path().empty()) {
            has_errors = !read_folder(out);
        }
        for (const auto& file : files_) {
            for (const auto& one : file.reading.series) {
                out.add_key(one.key, one.value);
            }
        }
        for (const auto& file : files_) {
            has_errors = has_errors || !file.is_good;
            if (file.is_good) {
                path_.assign(folder_.path()).append("/").append(file.name);
                out.add("node_textfile_mtime_seconds", {{"file", path_}},
                        static_cast<double>(file.read.st_mtim.tv_sec));
            }
        }
        out.add("node_textfile_scrape_error", has_errors ? 1 : 0);
        return {};
    }

  private:
    bool read_folder(const SeriesWriter& out) {
        const auto listed = folder_.refresh();
        if (!listed) {
            files_.clear();
            tell({listed.error().message});
            return false;
        }
        // A name that has become one of the host's own since is found by reading all files again.
        const bool is_same_host = !out.has_changed() && out.written().size() == host_keys_bytes_;
        host_keys_bytes_ = out.written().size();
        if (refresh_list() || !is_same_host || !take_new_values()) {
            read_all(out);
        }
        return true;
    }

    // Whether other files are there than the last time.
    bool refresh_list() {
        const auto is_wanted = [](const std::string& name) { return name.ends_with(".prom"); };
        size_t at = 0;
        bool is_other = false;
        for (const auto& name : folder_.names()) {
            if (is_wanted(name) && at < textfile_files_max) {
                is_other = is_other || at >= files_.size() || files_[at].name != name;
                ++at;
            }
        }
        if (!is_other && at == files_.size()) {
            return false;
        }
        files_.clear();
        for (const auto& name : folder_.names()) {
            if (is_wanted(name) && files_.size() < textfile_files_max) {
                files_.push_back({name, {}, {}, false});
            }
        }
        return true;
    }

    bool has_changed(const KnownFile& file) const {
        struct stat now {};
        return fstatat(folder_.fd(), file.name.c_str(), &now, 0) != 0 || !is_same(now, file.read);
    }

    // Of the files that have changed. False when one of them has other series than before, or anything is wrong with
    // it: then all must be read.
    bool take_new_values() {
        return std::all_of(files_.begin(), files_.end(), [this](KnownFile& file) {
            return !has_changed(file) || (file.is_good && take_values_of(file));
        });
    }
    bool take_values_of(KnownFile& file) {
        const auto text = text_of(file);
        return text && take_values(*text, file.reading.series);
    }

    void read_all(const SeriesWriter& out) {
        Known known;
        for (auto keys = out.written(); !keys.empty();) {
            known.of_host.insert(next_line(keys));
        }
        std::set<std::string> errors;
        for (auto& file : files_) {
            const auto text = text_of(file);
            file.reading = text ? parse_textfile(*text, file.name) : TextfileReading{{}, {text.error().message}};
            drop_known(file.reading, file.name, known);
            file.is_good = file.reading.errors.empty();
            errors.insert(file.reading.errors.begin(), file.reading.errors.end());
        }
        tell(std::move(errors));
    }

    // The file as it is now; good until the next is read.
    Result<std::string_view> text_of(KnownFile& file) {
        file.read = {};
        // Without O_NONBLOCK a named pipe would hold the agent up until somebody writes to it.
        const Fd opened(openat(folder_.fd(), file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!opened || fstat(opened.get(), &file.read) != 0) {
            return fail(errno_error(errno, folder_.path() + "/" + file.name));
        }
        if (!S_ISREG(file.read.st_mode)) {
            return fail(ErrorCode::unsupported, "{}/{}: not a file", folder_.path(), file.name);
        }
        return buffer_.fill(opened.get(), folder_.path() + "/" + file.name);
    }

    // What stands before a file's series.
    struct Known {
        std::unordered_set<std::string_view> of_host;
        std::unordered_set<std::string> of_files;
        size_t bytes = 0;  // of the files' keys
    };

    // Two series of one name and labels in a reading would be one too many; those of the host itself go first, then
    // those of the files in the order of their names.
    static void drop_known(TextfileReading& reading, const std::string& file, Known& known) {
        std::erase_if(reading.series, [&](const TextfileSeries& one) {
            const bool is_too_much =
                known.of_files.size() >= textfile_series_max || known.bytes + one.key.size() > textfile_keys_bytes_max;
            const auto* why = is_too_much                              ? "more series than textfile may have"
                              : is_of_host(one.key, known.of_host)     ? "the agent has this series itself"
                              : !known.of_files.insert(one.key).second ? "another file has this series"
                                                                       : nullptr;
            if (why == nullptr) {
                known.bytes += one.key.size();
            } else if (reading.errors.size() < textfile_errors_max) {
                reading.errors.push_back(fmt::format("{}: {}: {}", file, one.key.substr(0, 128), why));
            }
            return why != nullptr;
        });
    }

    static bool is_of_host(std::string_view key, const std::unordered_set<std::string_view>& of_host) {
        // The first two follow.
        return key.starts_with("node_scrape_collector_") || key.starts_with("node_textfile_") || of_host.contains(key);
    }

    // Each once, until it is no longer true.
    void tell(std::set<std::string> errors) {
        for (const auto& error : errors) {
            if (!told_.contains(error)) {
                log::warning("collector textfile: {}", error);
            }
        }
        told_ = std::move(errors);
    }

    FolderListing folder_;
    ReadBuffer& buffer_;
    std::vector<KnownFile> files_;
    std::set<std::string> told_;
    size_t host_keys_bytes_ = 0;  // of the series before these, the last time
    std::string path_;
};

}  // namespace

std::unique_ptr<Collector> make_textfile(const CollectContext& context) {
    return std::make_unique<TextfileCollector>(context);
}

}  // namespace vigie::agent
