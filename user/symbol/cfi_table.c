// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/cfi_table.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/* Linux Standard Base Core 5.0, 10.5.1 */
#define PE_FORMAT   0x0f
#define PE_RELATIVE 0x70
#define PE_INDIRECT 0x80

#define AUGMENTATION_MOST 8 /* characters; "zPLR" and "zRS" are what there is */

struct place_of_fde {
	uint64_t start;
	uint32_t len; /* bytes of the function */
	uint32_t at;  /* offset in the section */
};

struct cfi_table {
	struct image_section section;
	const struct arch *arch;
	bool is_eh;
	struct place_of_fde *fdes; /* ascending by start */
	size_t n, room;
};

/* A CIE or an FDE. */
struct entry {
	size_t at; /* offset in the section */
	bool is_cie;
	size_t cie;	   /* of an FDE: the offset of its CIE */
	struct bytes body; /* what follows the CIE pointer */
};

struct cie {
	struct fde common; /* what its FDEs get from it */
	bool sized;	   /* FDEs have augmentation data */
};

uint64_t cfi_table__address(const struct cfi_table *table, struct bytes *b, unsigned char encoding)
{
	uint64_t base = 0, value = 0;

	if ((encoding & PE_RELATIVE) == DW_EH_PE_pcrel)
		base = table->section.address + (uint64_t)(b->at - table->section.bytes);
	else if (encoding & PE_RELATIVE || encoding & PE_INDIRECT)
		b->bad = true;
	switch (encoding & PE_FORMAT) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		value = bytes__fixed(b, 8);
		break;
	case DW_EH_PE_udata2:
		value = bytes__fixed(b, 2);
		break;
	case DW_EH_PE_udata4:
		value = bytes__fixed(b, 4);
		break;
	case DW_EH_PE_sdata2:
		value = (uint64_t)bytes__fixed_signed(b, 2);
		break;
	case DW_EH_PE_sdata4:
		value = (uint64_t)bytes__fixed_signed(b, 4);
		break;
	case DW_EH_PE_uleb128:
		value = bytes__uleb(b);
		break;
	case DW_EH_PE_sleb128:
		value = (uint64_t)bytes__sleb(b);
		break;
	default:
		b->bad = true;
	}
	return base + value;
}

/* The entry at an offset; *next is that of the one behind it. False at the end, or where damaged.
 */
static bool read_entry(const struct cfi_table *table, size_t at, struct entry *entry, size_t *next)
{
	const unsigned char *bytes = table->section.bytes, *id_at;
	struct bytes b = {NULL, bytes + table->section.len, false};
	uint64_t len, id;
	unsigned int id_size = 4;

	if (at >= table->section.len)
		return false;
	b.at = bytes + at;
	*entry = (struct entry){.at = at};
	len = bytes__fixed(&b, 4);
	if (len == UINT32_MAX) {
		len = bytes__fixed(&b, 8);
		id_size = table->is_eh ? 4 : 8;
	}
	entry->body.at = b.at;
	if (!bytes__skip(&b, len))
		return false;
	*next = (size_t)(b.at - bytes);
	entry->body.end = b.at;
	if (!len) /* ends what one of the linked files had brought */
		return true;
	id_at = entry->body.at;
	id = bytes__fixed(&entry->body, id_size);
	if (entry->body.bad)
		return false;
	if (table->is_eh) {
		entry->is_cie = !id;
		entry->cie = (size_t)(id_at - bytes) - (size_t)id;
	} else {
		entry->is_cie = id == (id_size == 4 ? UINT32_MAX : UINT64_MAX);
		entry->cie = (size_t)id;
	}
	return true;
}

static void read_augmentation(const struct cfi_table *table, const char *letters, struct bytes *b,
			      struct cie *cie)
{
	const char *p;

	for (p = letters + 1; *p; p++) {
		switch (*p) {
		case 'R':
			cie->common.encoding = (unsigned char)bytes__fixed(b, 1);
			break;
		case 'P':
			cfi_table__address(table, b, (unsigned char)bytes__fixed(b, 1) & PE_FORMAT);
			break;
		case 'L':
			(void)bytes__fixed(b, 1);
			break;
		case 'S':
			cie->common.is_signal = true;
			break;
		case 'B': /* arm64: return addresses are signed with key B */
			break;
		default:
			b->bad = true;
		}
	}
}

static bool read_cie(const struct cfi_table *table, size_t at, struct cie *cie)
{
	struct entry entry;
	struct bytes *b = &entry.body, data;
	const char *letters;
	uint64_t version, data_len;
	size_t next;

	if (!read_entry(table, at, &entry, &next) || !entry.is_cie)
		return false;
	memset(cie, 0, sizeof(*cie));
	version = bytes__fixed(b, 1);
	letters = bytes__string(b);
	if (!letters || strlen(letters) > AUGMENTATION_MOST ||
	    (version != 1 && version != 3 && version != 4))
		return false;
	/* Version 4 tells the size of addresses and of segment selectors. */
	if (version == 4 && bytes__fixed(b, 2) != 8)
		return false;
	cie->common.code_factor = bytes__uleb(b);
	cie->common.data_factor = bytes__sleb(b);
	if (arch__register(table->arch, version == 1 ? bytes__fixed(b, 1) : bytes__uleb(b)) !=
	    REGISTER_IP)
		return false;
	if (*letters == 'z') {
		cie->sized = true;
		data_len = bytes__uleb(b);
		data = *b;
		if (!bytes__skip(b, data_len))
			return false;
		data.end = b->at;
		read_augmentation(table, letters, &data, cie);
		if (data.bad)
			return false;
	} else if (*letters) {
		return false;
	}
	cie->common.initial = *b;
	return !b->bad;
}

/* An FDE of a CIE that was read. */
static bool read_fde(const struct cfi_table *table, struct entry *entry, const struct cie *cie,
		     struct fde *fde)
{
	struct bytes *b = &entry->body;

	*fde = cie->common;
	fde->start = cfi_table__address(table, b, cie->common.encoding);
	fde->end = fde->start + cfi_table__address(table, b, cie->common.encoding & PE_FORMAT);
	if (cie->sized)
		bytes__skip(b, bytes__uleb(b));
	fde->program = *b;
	return !b->bad && fde->end > fde->start;
}

static int by_start(const void *a, const void *b)
{
	const struct place_of_fde *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Lists the FDEs. What is damaged is left out; behind a damaged length nothing can be found. */
static int list_fdes(struct cfi_table *table)
{
	size_t at = 0, next = 0, known = SIZE_MAX;
	struct place_of_fde *grown;
	struct entry entry;
	struct cie cie;
	struct fde fde;
	bool usable = false, sorted = true;

	for (; read_entry(table, at, &entry, &next); at = next) {
		if (entry.is_cie || entry.body.at == entry.body.end)
			continue;
		if (entry.cie != known) {
			known = entry.cie;
			usable = read_cie(table, known, &cie);
		}
		if (!usable || !read_fde(table, &entry, &cie, &fde) ||
		    fde.end - fde.start > UINT32_MAX)
			continue;
		grown = array__reserve(table->fdes, &table->room, table->n, sizeof(*table->fdes));
		if (!grown)
			return -ENOMEM;
		table->fdes = grown;
		sorted &= !table->n || grown[table->n - 1].start <= fde.start;
		grown[table->n++] = (struct place_of_fde){
			fde.start, (uint32_t)(fde.end - fde.start), (uint32_t)at};
	}
	if (!sorted)
		qsort(table->fdes, table->n, sizeof(*table->fdes), by_start);
	return 0;
}

int cfi_table__new(const struct image_section *section, const struct arch *arch, bool is_eh,
		   struct cfi_table **out)
{
	struct cfi_table *table;
	int err;

	*out = NULL;
	if (section->len > INT32_MAX)
		return 0;
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->section = *section;
	table->arch = arch;
	table->is_eh = is_eh;
	err = list_fdes(table);
	if (err || !table->n) {
		cfi_table__free(table);
		return err;
	}
	*out = table;
	return 0;
}

void cfi_table__free(struct cfi_table *table)
{
	if (!table)
		return;
	free(table->fdes);
	free(table);
}

static const struct place_of_fde *search(const struct cfi_table *table, uint64_t address)
{
	size_t low = 0, high = table->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (table->fdes[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - table->fdes[low - 1].start >= table->fdes[low - 1].len)
		return NULL;
	return &table->fdes[low - 1];
}

bool cfi_table__range(const struct cfi_table *table, uint64_t address, uint64_t *start,
		      uint64_t *end)
{
	const struct place_of_fde *found = search(table, address);

	if (!found)
		return false;
	*start = found->start;
	*end = found->start + found->len;
	return true;
}

bool cfi_table__find(const struct cfi_table *table, uint64_t address, struct fde *out)
{
	const struct place_of_fde *found = search(table, address);
	struct entry entry;
	struct cie cie;
	size_t next;

	return found && read_entry(table, found->at, &entry, &next) &&
	       read_cie(table, entry.cie, &cie) && read_fde(table, &entry, &cie, out);
}

const struct arch *cfi_table__arch(const struct cfi_table *table)
{
	return table->arch;
}

const struct image_section *cfi_table__section(const struct cfi_table *table)
{
	return &table->section;
}
