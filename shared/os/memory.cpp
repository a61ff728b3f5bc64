// malloc_trim(3), mallopt(3), and madvise(2) on the loaded segments that dl_iterate_phdr(3) names.
#include "shared/os/memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "shared/core/assert.hpp"

namespace vigie {
namespace {

// What relocations write to (RELRO among it) stands in segments with PF_W, whatever is protected later.
int give_back_segments(dl_phdr_info* object, size_t, void*) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    for (size_t i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) {
            continue;
        }
        const auto begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
        const auto end = (object->dlpi_addr + segment.p_vaddr + segment.p_filesz) / page * page;
        if (begin < end) {
            // The kernel's own object, the vDSO, refuses.
            madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // NOLINT: an address from the loader
        }
    }
    return 0;
}

}  // namespace

void give_back_idle_memory() {
    malloc_trim(0);
    dl_iterate_phdr(give_back_segments, nullptr);
}

void keep_heap(Bytes size) {
    VIGIE_ASSERT(size <= 16_MiB);  // twice that is the most that malloc takes for a threshold
    const auto bytes = static_cast<int>(size.count);
    mallopt(M_MMAP_THRESHOLD, 2 * bytes);
    mallopt(M_TRIM_THRESHOLD, 2 * bytes);
    if (void* const heap = std::malloc(size.count)) {
        explicit_bzero(heap, size.count);  // which a compiler may not leave out
        std::free(heap);
    }
}

}  // namespace vigie
