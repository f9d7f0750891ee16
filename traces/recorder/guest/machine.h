/* The guest's machine: what its device tree says and what the VMM builds. */
#ifndef TRAPLINE_MACHINE_H
#define TRAPLINE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#define GIC_DIST 0x08000000ull
#define GIC_REDIST 0x080a0000ull
#define GIC_REDIST_SIZE 0x20000ull /* of one CPU */
#define UART 0x09000000ull
#define RAM 0x40000000ull
#define DTB_AT (RAM + 0x08000000ull)
#define INITRD_AT (RAM + 0x08200000ull)
#define DTB_ROOM 0x10000
#define SPIS 64

struct machine {
    unsigned vcpus;
    uint64_t memory;
    uint64_t initrd_size;
    const char *arguments;
};

size_t write_device_tree(const struct machine *machine, void *to);

#endif
