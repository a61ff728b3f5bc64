// Memory of the own process.
#pragma once
#include "shared/core/units.hpp"

namespace vigie {

// For a process that has come to rest: gives back to the kernel what only its start needed. Free memory of the heap;
// and pages of code and constants, of the program and of its libraries, which come back from the page cache one by one
// when they are used again. Nothing is lost and any thread may be at work meanwhile: only segments that are never
// written are touched. Takes about a millisecond.
void give_back_idle_memory();

// For a thread that takes so much memory again and again, and is not the process's first: what it frees of that stays
// its own, and is there from the start. Such a thread's heap grows and shrinks by a system call and a fault a page,
// which can cost more than what the memory is for. From then on no thread gives back less than twice that. At most 16
// MiB.
void keep_heap(Bytes size);

}  // namespace vigie
