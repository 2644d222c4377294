// SPDX-License-Identifier: GPL-2.0-only
#include "symbol/symbols.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MOST ((size_t)32 << 20) /* of one table */
#define NEAR_MOST    65536 /* bytes from an exported function to what is called near it */

/* Parts of a rank: which of several symbols at one address names it best. */
#define RANK_TYPED  0x200 /* the table says that it is a function */
#define RANK_SIZED  0x100
#define RANK_SHOWN  0x10 /* times seven less the underscores it begins with */
#define RANK_GLOBAL 2
#define RANK_WEAK   1

struct symbols {
	struct spans functions, objects;
	struct spans labels; /* places in code of which the table does not say what they are */
	bool complete;	     /* some table lists local functions too */
};

/* A table that is being read. */
struct table {
	struct symbols *out;
	Elf *elf;
	Elf_Data *data;
	const char *names;
	size_t names_len; /* up to and with the last NUL */
	size_t nsections;
	GElf_Shdr *sections; /* by index */
};

struct symbols *symbols__new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols__free(struct symbols *s)
{
	if (!s)
		return;
	spans__free(&s->functions);
	spans__free(&s->objects);
	spans__free(&s->labels);
	free(s);
}

static uint32_t rank_of(const GElf_Sym *sym, const char *name)
{
	unsigned int bind = GELF_ST_BIND(sym->st_info), hidden = 0;
	uint32_t rank = 0;

	if (GELF_ST_TYPE(sym->st_info) != STT_NOTYPE)
		rank |= RANK_TYPED;
	if (sym->st_size)
		rank |= RANK_SIZED;
	/* "write" rather than "__GI___write". */
	while (hidden < 7 && name[hidden] == '_')
		hidden++;
	if (!strncmp(name, "__GI_", 5))
		hidden = 7;
	/* Mangled names begin with one, and that is not to be held against them. */
	if (hidden == 1 && (name[1] == 'Z' || name[1] == 'R'))
		hidden = 0;
	rank |= RANK_SHOWN * (7 - hidden);
	return rank | (bind == STB_GLOBAL ? RANK_GLOBAL : bind == STB_WEAK ? RANK_WEAK : 0);
}

/* What a symbol is filed under, NULL if under nothing. */
static struct spans *list_for(struct symbols *s, const GElf_Sym *sym, const GElf_Shdr *section)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	if (!(section->sh_flags & SHF_ALLOC) || section->sh_flags & SHF_TLS)
		return NULL;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return &s->functions;
	if (type == STT_NOTYPE && section->sh_flags & SHF_EXECINSTR)
		return &s->functions;
	return type == STT_OBJECT || type == STT_COMMON ? &s->objects : NULL;
}

static int add_symbol(struct table *t, const GElf_Sym *sym)
{
	const GElf_Shdr *section;
	struct span span = {.start = sym->st_value};
	struct spans *list;
	uint64_t left;

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= t->nsections ||
	    sym->st_name >= t->names_len)
		return 0;
	section = &t->sections[sym->st_shndx];
	list = list_for(t->out, sym, section);
	span.name = t->names + sym->st_name;
	if (!list || sym->st_value < section->sh_addr ||
	    sym->st_value - section->sh_addr >= section->sh_size)
		return 0;
	/* "$d" and ".L12" are marks of assemblers. */
	if (!*span.name || *span.name == '$' || *span.name == '.')
		return 0;
	left = section->sh_size - (sym->st_value - section->sh_addr);
	span.rank = rank_of(sym, span.name);
	/* One without a size ends where the next begins: symbols__sort. */
	if (list == &t->out->functions && !sym->st_size)
		span.end = span.start + left;
	else if (!sym->st_size)
		span.end = span.start + 1;
	else
		span.end = span.start + (sym->st_size < left ? sym->st_size : left);
	return spans__add(list, &span);
}

static int add_table(struct table *t, Elf_Scn *scn, const GElf_Shdr *shdr)
{
	Elf_Scn *strings = elf_getscn(t->elf, shdr->sh_link);
	Elf_Data *names = strings ? elf_rawdata(strings, NULL) : NULL;
	size_t i, n;
	GElf_Sym sym;
	int err = 0;

	t->data = elf_getdata(scn, NULL);
	if (!t->data || !t->data->d_buf || !names || !names->d_buf || !shdr->sh_entsize)
		return 0;
	t->names = names->d_buf;
	t->names_len = names->d_size;
	while (t->names_len && t->names[t->names_len - 1])
		t->names_len--;
	n = shdr->sh_size / shdr->sh_entsize;
	for (i = 1; i < n && i < SYMBOLS_MOST && !err; i++) {
		if (!gelf_getsym(t->data, (int)i, &sym))
			break;
		err = add_symbol(t, &sym);
	}
	return err;
}

static void read_headers(const struct table *t)
{
	Elf_Scn *scn;
	size_t i;

	for (i = 0; i < t->nsections; i++) {
		scn = elf_getscn(t->elf, i);
		if (!scn || !gelf_getshdr(scn, &t->sections[i]))
			memset(&t->sections[i], 0, sizeof(t->sections[i]));
	}
}

int symbols__add(struct symbols *s, const struct image *image)
{
	struct table t = {.out = s, .elf = image__elf(image)};
	GElf_Shdr *sections;
	size_t i;
	int err = 0;

	if (elf_getshdrnum(t.elf, &t.nsections))
		t.nsections = 0;
	if (t.nsections > SHN_LORESERVE)
		t.nsections = SHN_LORESERVE;
	sections = calloc(t.nsections + 1, sizeof(*sections));
	if (!sections)
		return -ENOMEM;
	t.sections = sections;
	read_headers(&t);
	for (i = 1; i < t.nsections && !err; i++) {
		if (t.sections[i].sh_type != SHT_SYMTAB && t.sections[i].sh_type != SHT_DYNSYM)
			continue;
		if (t.sections[i].sh_flags & SHF_COMPRESSED)
			continue;
		s->complete |= t.sections[i].sh_type == SHT_SYMTAB;
		err = add_table(&t, elf_getscn(t.elf, i), &t.sections[i]);
	}
	free(sections);
	return err;
}

/* Functions without a size end where the next one begins. */
static void clip(struct spans *functions)
{
	uint64_t next = UINT64_MAX;
	struct span *at;
	size_t i;

	for (i = functions->n; i-- > 0;) {
		at = &functions->at[i];
		if (!(at->rank & RANK_SIZED) && at->end > next)
			at->end = next;
		if (!i || at[-1].start != at->start)
			next = at->start;
	}
}

int symbols__sort(struct symbols *s)
{
	struct spans *f = &s->functions;
	size_t i, kept = 0;
	int err = 0;

	spans__sort(f);
	clip(f);
	/* Labels inside a function are not to be taken for functions of their own. */
	for (i = 0; i < f->n && !err; i++) {
		if (f->at[i].rank & RANK_TYPED)
			f->at[kept++] = f->at[i];
		else
			err = spans__add(&s->labels, &f->at[i]);
	}
	f->n = kept;
	spans__sort(f);
	spans__sort(&s->labels);
	spans__sort(&s->objects);
	return err;
}

const struct span *symbols__function(const struct symbols *s, uint64_t address, bool *exact)
{
	const struct span *found = spans__find(&s->functions, address);

	if (!found)
		found = spans__find(&s->labels, address);
	*exact = found && (s->complete || found->rank & RANK_SIZED);
	if (found || s->complete)
		return found;
	found = spans__before(&s->functions, address);
	return found && address - found->start <= NEAR_MOST ? found : NULL;
}

const struct span *symbols__object(const struct symbols *s, uint64_t address)
{
	return spans__find(&s->objects, address);
}

bool symbols__find(const struct symbols *s, const char *name, uint64_t *address, uint64_t *size)
{
	const struct span *best = NULL, *span;
	size_t i;

	for (i = 0; i < s->objects.n; i++) {
		span = &s->objects.at[i];
		if (!strcmp(span->name, name) && (!best || span->rank > best->rank))
			best = span;
	}
	if (!best)
		return false;
	*address = best->start;
	*size = best->rank & RANK_SIZED ? best->end - best->start : 0;
	return true;
}

bool symbols__any(const struct symbols *s)
{
	return s->functions.n || s->labels.n;
}
