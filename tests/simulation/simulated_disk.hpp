// A disk in memory under SQLite: what was written and not synced is lost, in part or wholly, when the power is cut.
// Each disk is an SQLite file layer (VFS) of its own. One thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/os/random.hpp"

namespace vigie::simulation {

class SimulatedDisk {
  public:
    // `may_act` is asked before each write, truncation, sync and removal; on false it fails and nothing happens: the
    // process is dead, and this is where.
    SimulatedDisk(std::string_view name, Random& random, std::function<bool()> may_act);
    ~SimulatedDisk();
    SimulatedDisk(const SimulatedDisk&) = delete;
    SimulatedDisk& operator=(const SimulatedDisk&) = delete;

    const std::string& vfs() const;  // for AgentStateOptions::sqlite_vfs
    // Of what was not synced each write stays, is lost, or is torn at a sector: any of them, in no order.
    void cut_power();
    void erase();  // the files were deleted while no process had them open
    // What is synced, by file; and all of it back in its place, while no process has a file open.
    using Image = std::map<std::string, std::string>;
    Image image() const;
    void restore(const Image& image);
    uint64_t bytes() const;

  private:
    friend struct DiskFiles;
    struct Write {
        size_t at = 0;
        std::string bytes;
        bool is_truncation = false;  // to `at`
    };
    struct File {
        std::string content;  // as processes see it
        std::string synced;
        std::vector<Write> unsynced;  // what makes `content` of `synced`
    };
    struct Layer;
    static void apply(std::string& content, const Write& write);

    std::map<std::string, File> files_;
    Random& random_;
    std::function<bool()> may_act_;
    std::unique_ptr<Layer> layer_;
};

}  // namespace vigie::simulation
