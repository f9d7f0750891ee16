/* What becomes of the instructions that were met: each retires, or an exception at its address says that it did not. */
#ifndef TRAPLINE_RETIRE_H
#define TRAPLINE_RETIRE_H

#include "cpu.h"

/* Where an instruction of interest stands; made at translation. */
struct site {
    uint32_t opcode;
    struct decoded what;
    uint64_t pc;
    /* Instructions of its block that come behind it. */
    uint64_t behind;
    /* Index in `frequent`, -1. */
    int frequent;
};

/* An instruction is about to execute; registers can be read. */
void on_site(unsigned number, void *site);
/* The next instruction is about to execute: what waited has retired. */
void on_next(unsigned number, void *nothing);
void on_discontinuity(unsigned number, int type, uint64_t from, uint64_t to);
/* A block begins at an address where a vector may be: for a QEMU that does not report exceptions. */
void on_vector(unsigned number, void *address);

/* The lines that tell who runs on each CPU, for the start of a recording. */
size_t write_start(char *text, size_t room);
void report_counts(struct cpu *cpu);

#endif
