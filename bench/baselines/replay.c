/*
 * What a C programmer would write instead of trapline: every event of a recording is a byte in memory, looked at once
 * for all policies. The tables come from trapline's own policies (bench/tables.ts), so that both count the same; the
 * suite compares the counts before it prints a time.
 *
 *     replay TABLES REPEATS RUNS     cc -O3 -march=native -DWORDS=2 -o replay replay.c
 *
 * Every group of every policy that a trap opens is a bit; groups that are alike in several policies are one. What
 * other groups do follows from how often each byte came, and costs nothing here.
 *
 * TABLES, little-endian: u32 groups, lanes, WORDS; for each group u32 traps, windows and eager windows (all 0 where it does
 * not adapt), and the points that save and arm it; 256 x WORDS u64: groups that a byte is an access of; for each lane
 * u32 length and its bytes. Bytes below 7 are points, 7 says that the caches are on, others are accesses.
 *
 * Prints JSON: seconds of each run, and counts of the last: "traps" as [group, byte, count], "saves" and "changes" by
 * group, "bytes" by byte, and "before" those until the caches were on.
 */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef WORDS
#define WORDS 2
#endif
enum { GROUPS = 64 * WORDS, POINTS = 8, CACHES_ON = 7, LANES = 1024 };

typedef uint64_t u64;
typedef struct { u64 word[WORDS]; } bits;

struct group {
	uint32_t traps, windows, eager, saver, armer;
};

static uint32_t groups, lanes;
static struct group group[GROUPS];
static bits touching[256], saving[POINTS], arming[POINTS];
/* The last bit is no group's: it is always armed, and points that do something have it. */
static const u64 look = (u64)1 << 63;
static uint32_t lengths[LANES];
static uint8_t *bytes[LANES];

static u64 traps[GROUPS][256], saves[GROUPS], changes[GROUPS], seen[2][256], before[256];

/* Where an adaptive group is: window in which its trial or its eager stretch began, and the trial's traps. */
struct phase {
	u64 since, trial, passes;
	uint32_t traps;
};

static bits dirty, eager, decided;
static struct phase phase[GROUPS];
/* By kind of point: how often it was passed, and the pass at which the next eager stretch ends. */
static u64 passes[POINTS], nearest[POINTS];

static void to_trial(int g)
{
	struct phase *at = &phase[g];

	eager.word[g / 64] &= ~((u64)1 << g % 64);
	saves[g] += passes[group[g].saver] - at->passes;
	changes[g]++;
	*at = (struct phase){ .since = passes[group[g].armer] };
}

static void to_eager(int g, u64 now)
{
	eager.word[g / 64] |= (u64)1 << g % 64;
	changes[g]++;
	phase[g] = (struct phase){ .since = now, .passes = passes[group[g].saver] };
	if (now + group[g].eager < nearest[group[g].armer])
		nearest[group[g].armer] = now + group[g].eager;
}

static void end_eager(int point, u64 now)
{
	u64 next = UINT64_MAX;

	for (int w = 0; w < WORDS; w++)
		for (u64 left = eager.word[w] & arming[point].word[w]; left; left &= left - 1) {
			int g = 64 * w + __builtin_ctzll(left);
			u64 end = phase[g].since + group[g].eager;
			if (end == now)
				to_trial(g);
			else if (end < next)
				next = end;
		}
	nearest[point] = next;
}

static void pass(int point, bits *armed)
{
	u64 now = ++passes[point];

	for (int w = 0; w < WORDS; w++) {
		u64 saved = dirty.word[w] & saving[point].word[w] & ~eager.word[w];
		dirty.word[w] &= ~saving[point].word[w];
		for (; saved; saved &= saved - 1)
			saves[64 * w + __builtin_ctzll(saved)]++;
	}
	if (now == nearest[point])
		end_eager(point, now);
	for (int w = 0; w < WORDS; w++) {
		u64 arm = arming[point].word[w];
		u64 change = decided.word[w] & arm;
		decided.word[w] &= ~arm;
		for (; change; change &= change - 1)
			to_eager(64 * w + __builtin_ctzll(change), now);
		armed->word[w] = (armed->word[w] | arm) & ~(eager.word[w] & arm);
	}
}

static void trap(int g, uint8_t byte)
{
	struct phase *at = &phase[g];
	u64 now = passes[group[g].armer];

	traps[g][byte]++;
	if (!group[g].windows || !now)
		return;
	if (!at->since)
		at->since = 1;
	if (group[g].windows > 1) {
		u64 trial = (now - at->since) / group[g].windows;
		if (trial != at->trial)
			at->traps = 0;
		at->trial = trial;
	} else {
		at->traps = 0;
	}
	if (++at->traps == group[g].traps)
		decided.word[g / 64] |= (u64)1 << g % 64;
}

static void replay_lane(const uint8_t *restrict at, const uint8_t *end)
{
	bits armed;
	int on = 0;

	for (int w = 0; w < WORDS; w++)
		armed.word[w] = ~(u64)0;
	for (; at < end; at++) {
		uint8_t byte = *at;
		const bits *touch = &touching[byte];
		u64 hit = 0;

		seen[(uintptr_t)at & 1][byte]++;
		for (int w = 0; w < WORDS; w++) {
			hit |= armed.word[w] & touch->word[w];
			dirty.word[w] |= touch->word[w];
		}
		if (__builtin_expect(!hit, 1))
			continue;
		if (byte < CACHES_ON) {
			pass(byte, &armed);
			continue;
		}
		if (byte == CACHES_ON) {
			for (int n = 0; !on && n < 256; n++)
				before[n] += seen[0][n] + seen[1][n];
			on = 1;
			continue;
		}
		for (int w = 0; w < WORDS; w++) {
			u64 open = armed.word[w] & touch->word[w];
			armed.word[w] ^= open;
			for (; open; open &= open - 1)
				trap(64 * w + __builtin_ctzll(open), byte);
		}
	}
	if (!on)
		for (int n = 0; n < 256; n++)
			before[n] += seen[0][n] + seen[1][n];
}

static u64 all[256];

static void replay(uint32_t repeats)
{
	memset(traps, 0, sizeof traps);
	memset(saves, 0, sizeof saves);
	memset(changes, 0, sizeof changes);
	memset(before, 0, sizeof before);
	memset(all, 0, sizeof all);
	for (uint32_t n = 0; n < lanes; n++) {
		memset(&dirty, 0, sizeof dirty);
		memset(&eager, 0, sizeof eager);
		memset(&decided, 0, sizeof decided);
		memset(phase, 0, sizeof phase);
		memset(passes, 0, sizeof passes);
		memset(nearest, 0xff, sizeof nearest);
		memset(seen, 0, sizeof seen);
		replay_lane(bytes[n], bytes[n] + (size_t)lengths[n] * repeats);
		for (uint32_t g = 0; g < groups; g++)
			if (eager.word[g / 64] >> g % 64 & 1)
				saves[g] += passes[group[g].saver] - phase[g].passes;
		for (int byte = 0; byte < 256; byte++)
			all[byte] += seen[0][byte] + seen[1][byte];
	}
}

static void read_all(FILE *file, void *into, size_t size)
{
	if (fread(into, 1, size, file) != size) {
		fprintf(stderr, "replay: the tables are cut off\n");
		exit(1);
	}
}

static void read_tables(const char *name, uint32_t repeats)
{
	FILE *file = fopen(name, "rb");
	uint32_t words;

	if (!file) {
		perror(name);
		exit(1);
	}
	read_all(file, &groups, 4);
	read_all(file, &lanes, 4);
	read_all(file, &words, 4);
	if (words != WORDS || groups >= GROUPS || lanes > LANES) {
		fprintf(stderr, "replay: compile with WORDS=%u\n", words);
		exit(1);
	}
	read_all(file, group, groups * sizeof *group);
	for (uint32_t g = 0; g < groups; g++) {
		saving[group[g].saver].word[g / 64] |= (u64)1 << g % 64;
		arming[group[g].armer].word[g / 64] |= (u64)1 << g % 64;
		touching[group[g].saver].word[WORDS - 1] = look;
		touching[group[g].armer].word[WORDS - 1] = look;
	}
	touching[CACHES_ON].word[WORDS - 1] = look;
	read_all(file, touching + POINTS, (256 - POINTS) * sizeof *touching);
	for (uint32_t lane = 0; lane < lanes; lane++) {
		read_all(file, &lengths[lane], 4);
		bytes[lane] = malloc((size_t)lengths[lane] * repeats + 1);
		if (!bytes[lane])
			exit(1);
		read_all(file, bytes[lane], lengths[lane]);
		for (uint32_t n = 1; n < repeats; n++)
			memcpy(bytes[lane] + (size_t)n * lengths[lane], bytes[lane], lengths[lane]);
	}
	fclose(file);
}

static void print_counts(const char *name, const u64 *counts, int length)
{
	printf(",\"%s\":[", name);
	for (int n = 0; n < length; n++)
		printf("%s%llu", n ? "," : "", (unsigned long long)counts[n]);
	printf("]");
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: replay TABLES REPEATS RUNS\n");
		return 2;
	}
	uint32_t repeats = (uint32_t)strtoul(argv[2], NULL, 10);
	int runs = atoi(argv[3]);
	read_tables(argv[1], repeats);
	printf("{\"seconds\":[");
	for (int run = 0; run < runs; run++) {
		struct timespec from, to;
		clock_gettime(CLOCK_MONOTONIC, &from);
		replay(repeats);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s%.6f", run ? "," : "", to.tv_sec - from.tv_sec + 1e-9 * (to.tv_nsec - from.tv_nsec));
	}
	printf("],\"traps\":[");
	const char *comma = "";
	for (uint32_t g = 0; g < groups; g++)
		for (int byte = 0; byte < 256; byte++)
			if (traps[g][byte]) {
				printf("%s[%u,%d,%llu]", comma, g, byte, (unsigned long long)traps[g][byte]);
				comma = ",";
			}
	printf("]");
	print_counts("saves", saves, (int)groups);
	print_counts("changes", changes, (int)groups);
	print_counts("bytes", all, 256);
	print_counts("before", before, 256);
	printf("}\n");
	return 0;
}
