#include "decode.h"

/*
 * Source: Arm ARM, C4.1 (branches, exception generating and system instructions): MSR and MRS (register) have
 * bits 31:20 0xd51 and 0xd53, SYS 31:19 0xd508 >> 3; TLBI is SYS with CRn 8 (9 for the nXS forms), AT with CRn 7 and
 * CRm 8 or 9, beside DC and IC, which say nothing of system registers.
 */
struct decoded decode(uint32_t opcode)
{
    struct decoded what = {KIND_NONE, (uint16_t)(opcode >> 5), (uint8_t)(opcode & 31)};
    uint32_t high = opcode & 0xfff00000;

    if (high == 0xd5100000) {
        what.kind = KIND_MSR;
    } else if (high == 0xd5300000) {
        what.kind = KIND_MRS;
    } else if ((opcode & 0xfff80000) == 0xd5080000) {
        unsigned crn = (opcode >> 12) & 15;
        unsigned crm = (opcode >> 8) & 15;
        if (crn == 8 || crn == 9) what.kind = KIND_TLBI;
        else if (crn == 7 && (crm == 8 || crm == 9)) what.kind = KIND_AT;
    } else if (opcode == 0xd69f03e0 || opcode == 0xd69f0bff || opcode == 0xd69f0fff) {
        what.kind = KIND_ERET; /* ERET, ERETAA, ERETAB */
    } else if ((opcode & 0xffe0001f) == 0xd4000002) {
        what.kind = KIND_HVC;
    } else if ((opcode & 0xffe0001f) == 0xd4000003) {
        what.kind = KIND_SMC;
    } else if (opcode == 0xd503207f) {
        what.kind = KIND_WFI;
    }
    return what;
}
