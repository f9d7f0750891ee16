/* Writes a flattened device tree. Source: Devicetree Specification v0.4, chapter 5. */
#ifndef TRAPLINE_FDT_H
#define TRAPLINE_FDT_H

#include <stddef.h>
#include <stdint.h>

struct fdt {
    uint8_t *to;
    size_t room, length;
    char names[1024];
    size_t names_length;
};

void fdt_begin(struct fdt *fdt, void *to, size_t room);
void fdt_node(struct fdt *fdt, const char *name);
void fdt_end_node(struct fdt *fdt);
void fdt_bytes(struct fdt *fdt, const char *name, const void *value, size_t length);
void fdt_string(struct fdt *fdt, const char *name, const char *value);
void fdt_cells(struct fdt *fdt, const char *name, unsigned count, const uint32_t *cells);
/* Returns the length of the whole. */
size_t fdt_end(struct fdt *fdt);

#define FDT_CELLS(fdt, name, ...)                                                                                      \
    fdt_cells(fdt, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

#endif
