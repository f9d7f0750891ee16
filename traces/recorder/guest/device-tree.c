#include "machine.h"

#include <stdio.h>

#include "fdt.h"

enum { GIC = 1, SPI = 0, PPI = 1, LEVEL = 4 };

static void chosen(struct fdt *fdt, const struct machine *machine)
{
    uint64_t end = INITRD_AT + machine->initrd_size;
    fdt_node(fdt, "chosen");
    fdt_string(fdt, "bootargs", machine->arguments);
    fdt_string(fdt, "stdout-path", "/uart@9000000");
    FDT_CELLS(fdt, "linux,initrd-start", (uint32_t)(INITRD_AT >> 32), (uint32_t)INITRD_AT);
    FDT_CELLS(fdt, "linux,initrd-end", (uint32_t)(end >> 32), (uint32_t)end);
    fdt_end_node(fdt);
}

static void processors(struct fdt *fdt, unsigned count)
{
    fdt_node(fdt, "cpus");
    FDT_CELLS(fdt, "#address-cells", 1);
    FDT_CELLS(fdt, "#size-cells", 0);
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "cpu@%x", i);
        fdt_node(fdt, name);
        fdt_string(fdt, "device_type", "cpu");
        fdt_string(fdt, "compatible", "arm,armv8");
        fdt_string(fdt, "enable-method", "psci");
        FDT_CELLS(fdt, "reg", i);
        fdt_end_node(fdt);
    }
    fdt_end_node(fdt);
    fdt_node(fdt, "psci");
    fdt_string(fdt, "compatible", "arm,psci-1.0");
    fdt_string(fdt, "method", "hvc");
    fdt_end_node(fdt);
}

static void interrupts(struct fdt *fdt, unsigned count)
{
    fdt_node(fdt, "intc@8000000");
    fdt_string(fdt, "compatible", "arm,gic-v3");
    fdt_bytes(fdt, "interrupt-controller", "", 0);
    FDT_CELLS(fdt, "#interrupt-cells", 3);
    FDT_CELLS(fdt, "reg", 0, GIC_DIST, 0, 0x10000, 0, GIC_REDIST, 0, (uint32_t)(GIC_REDIST_SIZE * count));
    FDT_CELLS(fdt, "phandle", GIC);
    fdt_end_node(fdt);
    fdt_node(fdt, "timer");
    fdt_string(fdt, "compatible", "arm,armv8-timer");
    /* Secure, non-secure, virtual, hypervisor: PPIs 13, 14, 11, 10. */
    FDT_CELLS(fdt, "interrupts", PPI, 13, LEVEL, PPI, 14, LEVEL, PPI, 11, LEVEL, PPI, 10, LEVEL);
    fdt_bytes(fdt, "always-on", "", 0);
    fdt_end_node(fdt);
}

static void console(struct fdt *fdt)
{
    fdt_node(fdt, "uart@9000000");
    fdt_string(fdt, "compatible", "arm,sbsa-uart");
    FDT_CELLS(fdt, "reg", 0, UART, 0, 0x1000);
    FDT_CELLS(fdt, "interrupts", SPI, 1, LEVEL);
    FDT_CELLS(fdt, "current-speed", 115200);
    fdt_end_node(fdt);
}

size_t write_device_tree(const struct machine *machine, void *to)
{
    struct fdt fdt;
    fdt_begin(&fdt, to, DTB_ROOM);
    fdt_string(&fdt, "compatible", "linux,dummy-virt");
    FDT_CELLS(&fdt, "#address-cells", 2);
    FDT_CELLS(&fdt, "#size-cells", 2);
    FDT_CELLS(&fdt, "interrupt-parent", GIC);
    fdt_node(&fdt, "memory@40000000");
    fdt_string(&fdt, "device_type", "memory");
    FDT_CELLS(&fdt, "reg", 0, RAM, (uint32_t)(machine->memory >> 32), (uint32_t)machine->memory);
    fdt_end_node(&fdt);
    chosen(&fdt, machine);
    processors(&fdt, machine->vcpus);
    interrupts(&fdt, machine->vcpus);
    console(&fdt);
    return fdt_end(&fdt);
}
