/* What an A64 instruction is to the recorder. Nothing here knows of QEMU. */
#ifndef TRAPLINE_DECODE_H
#define TRAPLINE_DECODE_H

#include <stdint.h>

enum kind { KIND_NONE, KIND_MSR, KIND_MRS, KIND_ERET, KIND_HVC, KIND_SMC, KIND_WFI, KIND_TLBI, KIND_AT };

struct decoded {
    enum kind kind;
    /* Of MSR, MRS, TLBI and AT: bits 20:5 of the opcode, op0 CRn and so on; op0 is 1 for TLBI and AT. */
    uint16_t encoding;
    /* Xt; 31 is XZR. */
    uint8_t rt;
};

struct decoded decode(uint32_t opcode);

#endif
