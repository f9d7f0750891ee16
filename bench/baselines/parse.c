/*
 * What a C programmer would write to look at a Tarmac log: the file mapped into memory, every line cut into its
 * fields, numbers read as numbers, and writes of system registers (MSR) counted by name. No trace is written.
 *
 *     parse FILE     cc -O3 -march=native -o parse parse.c
 *
 * Prints a line for each register, its name and count; on standard error lines and a sum of all numbers, so that no
 * compiler leaves them out.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 4096, LONGEST = 64 };

static struct {
	char name[LONGEST];
	size_t length;
	uint64_t count;
} slots[SLOTS];

static void count(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t n = 0; n < length; n++)
		hash = (hash ^ (uint8_t)name[n]) * 16777619u;
	for (uint32_t at = hash % SLOTS;; at = (at + 1) % SLOTS) {
		if (!slots[at].length && length < LONGEST) {
			memcpy(slots[at].name, name, length);
			slots[at].length = length;
		}
		if (slots[at].length == length && !memcmp(slots[at].name, name, length)) {
			slots[at].count++;
			return;
		}
	}
}

static uint64_t decimal(const char **at)
{
	uint64_t value = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		value = 10 * value + (uint64_t)(**at - '0');
	return value;
}

static uint64_t hex(const char **at)
{
	uint64_t value = 0;

	for (;; ++*at) {
		uint8_t c = (uint8_t)**at, low = c | 0x20;
		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			value = value << 4 | (low - 'a' + 10);
		else
			return value;
	}
}

/* Behind the field at hand and the blanks behind it. The text ends with a newline. */
static const char *next(const char *at)
{
	while (*at > ' ')
		at++;
	while (*at == ' ')
		at++;
	return at;
}

static uint64_t line(const char *at)
{
	uint64_t sum = decimal(&at);

	at = next(next(at));
	at = next(at); /* the CPU */
	if (at[0] == 'R' && at[1] == ' ') {
		at = next(next(at));
		return sum + hex(&at);
	}
	if (at[0] != 'I' || at[1] != 'T')
		return sum;
	at = next(next(at)); /* the time again */
	sum += hex(&at);
	at = next(at);
	sum += hex(&at);
	at = next(next(next(next(at)))); /* state, mode, colon */
	if (!memcmp(at, "MSR ", 4)) {
		const char *name = next(at), *end = name;
		while (*end != ',' && *end > ' ')
			end++;
		count(name, (size_t)(end - name));
	}
	return sum;
}

int main(int argc, char **argv)
{
	struct stat stat;
	int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	if (file < 0 || fstat(file, &stat)) {
		fprintf(stderr, "usage: parse FILE\n");
		return 2;
	}
	const char *text = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (text == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	uint64_t sum = 0, lines = 0;
	/* A last line without its newline would be read beyond the map, and is left out. */
	for (const char *at = text, *end = text + stat.st_size, *stop; (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
		sum += line(at);
		lines++;
	}
	for (int n = 0; n < SLOTS; n++)
		if (slots[n].length)
			printf("%.*s %llu\n", (int)slots[n].length, slots[n].name, (unsigned long long)slots[n].count);
	fprintf(stderr, "%llu lines, %llx\n", (unsigned long long)lines, (unsigned long long)sum);
	return 0;
}
