#include "fdt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN_NODE = 1, END_NODE, PROP, END = 9, HEADER = 40, RESERVED = 16 };

static void put(struct fdt *fdt, const void *bytes, size_t length)
{
    size_t padded = (length + 3) & ~(size_t)3;
    if (fdt->length + padded > fdt->room) {
        fprintf(stderr, "vmm: the device tree is too large\n");
        exit(1);
    }
    memset(fdt->to + fdt->length, 0, padded);
    memcpy(fdt->to + fdt->length, bytes, length);
    fdt->length += padded;
}

static void put_cell(struct fdt *fdt, uint32_t value)
{
    value = __builtin_bswap32(value);
    put(fdt, &value, 4);
}

void fdt_begin(struct fdt *fdt, void *to, size_t room)
{
    *fdt = (struct fdt){.to = to, .room = room, .length = HEADER + RESERVED};
    memset(to, 0, HEADER + RESERVED);
    fdt_node(fdt, "");
}

void fdt_node(struct fdt *fdt, const char *name)
{
    put_cell(fdt, BEGIN_NODE);
    put(fdt, name, strlen(name) + 1);
}

void fdt_end_node(struct fdt *fdt)
{
    put_cell(fdt, END_NODE);
}

void fdt_bytes(struct fdt *fdt, const char *name, const void *value, size_t length)
{
    put_cell(fdt, PROP);
    put_cell(fdt, (uint32_t)length);
    put_cell(fdt, (uint32_t)fdt->names_length);
    put(fdt, value, length);
    size_t size = strlen(name) + 1;
    if (fdt->names_length + size > sizeof fdt->names) {
        fprintf(stderr, "vmm: too many names in the device tree\n");
        exit(1);
    }
    memcpy(fdt->names + fdt->names_length, name, size);
    fdt->names_length += size;
}

void fdt_string(struct fdt *fdt, const char *name, const char *value)
{
    fdt_bytes(fdt, name, value, strlen(value) + 1);
}

void fdt_cells(struct fdt *fdt, const char *name, unsigned count, const uint32_t *cells)
{
    uint32_t swapped[32];
    for (unsigned i = 0; i < count; i++) swapped[i] = __builtin_bswap32(cells[i]);
    fdt_bytes(fdt, name, swapped, 4 * count);
}

size_t fdt_end(struct fdt *fdt)
{
    fdt_end_node(fdt);
    put_cell(fdt, END);
    size_t structure = HEADER + RESERVED, names = fdt->length;
    put(fdt, fdt->names, fdt->names_length);
    const uint32_t header[] = {
        0xd00dfeed,          (uint32_t)fdt->length, (uint32_t)structure, (uint32_t)names, HEADER, 17, 16, 0,
        (uint32_t)fdt->names_length, (uint32_t)(names - structure),
    };
    for (unsigned i = 0; i < 10; i++) {
        uint32_t value = __builtin_bswap32(header[i]);
        memcpy(fdt->to + 4 * i, &value, 4);
    }
    return fdt->length;
}
