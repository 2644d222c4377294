// SPDX-License-Identifier: GPL-2.0-only
// usage: node databases.mjs FOLDER PAGE
// The question of docs/fleet.md in DuckDB and ClickHouse, on what fleet.py recorded into FOLDER: the same
// answer as SQLite's; and again from Parquet.
import {DuckDBInstance} from '@duckdb/node-api';
import {Session} from 'chdb';
import fs from 'fs';

const [folder, page] = process.argv.slice(2);
const [clocks, question] = [...fs.readFileSync(page, 'utf8').matchAll(/```sql\n([^]*?)```/g)].map(m => m[1]);
const one = `${folder}/runs/db`, schema = fs.readFileSync(`${one}/schema.sql`, 'utf8');
const tables = fs.readdirSync(one).filter(f => f.endsWith('.csv.gz')).map(f => f.replace('.csv.gz', ''));
let failed = 0;

const rounded = rows => rows.map(row => row.map(cell =>
	cell === null || cell === '' ? '' : isNaN(cell) ? String(cell) : Number(cell).toFixed(3)).join(',')).sort();
const want = rounded(fs.readFileSync(`${folder}/answer.csv`, 'utf8').trim().split('\n').map(l => l.split(',')));

function compare(who, rows) {
	const same = rounded(rows).join('\n') === want.join('\n');
	console.log(`${same ? 'ok  ' : 'FAIL'} ${who}: ${rows.length} rows`);
	if (!same) {
		console.log(rounded(rows).join('\n'), '\nwanted:\n' + want.join('\n'));
		failed++;
	}
}

async function duckdb() {
	const db = await (await DuckDBInstance.create(':memory:')).connect();
	const rows = async sql => (await db.runAndReadAll(sql)).getRowsJson();
	await db.run(schema);
	for (const table of tables)
		await db.run(`COPY ${table} FROM '${folder}/runs/*/${table}.csv.gz' (FORMAT csv, HEADER true, ` +
			`AUTO_DETECT false, NULLSTR '', ALLOW_QUOTED_NULLS false, COMPRESSION gzip)`);
	await db.run(clocks);
	await db.run(`COPY clocks FROM '${folder}/clocks.csv' (FORMAT csv, HEADER true)`);
	compare(`DuckDB ${(await rows('SELECT version()'))[0]}`, await rows(question));
	fs.mkdirSync(`${folder}/parquet`, {recursive: true});
	const before = JSON.stringify(await rows('SELECT host, count(*), sum(end_ns - start_ns) FROM task_slices GROUP BY host ORDER BY host'));
	for (const table of ['task_slices', 'files', 'runs'])
		await db.run(`COPY (SELECT * FROM ${table}) TO '${folder}/parquet/${table}' (FORMAT parquet, PARTITION_BY (host), OVERWRITE_OR_IGNORE)`);
	for (const table of ['task_slices', 'files', 'runs'])
		await db.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM read_parquet('${folder}/parquet/${table}/*/*.parquet', hive_partitioning = true)`);
	const after = JSON.stringify(await rows('SELECT host, count(*), sum(end_ns - start_ns) FROM task_slices GROUP BY host ORDER BY host'));
	if (before !== after)
		failed++;
	compare(`DuckDB, from Parquet (${before === after ? 'sums are the same' : 'SUMS DIFFER'})`, await rows(question));
}

function clickhouse() {
	const session = new Session(`${folder}/clickhouse`), query = sql => session.query(sql, 'JSONCompactEachRow');
	query('CREATE DATABASE IF NOT EXISTS d');
	query('USE d');
	query("SET default_table_engine = 'MergeTree', create_table_empty_primary_key_by_default = 1");
	for (const statement of schema.split(/;\n/).filter(s => s.includes('CREATE')))
		query(statement);
	for (const table of tables)
		query(`INSERT INTO ${table} FROM INFILE '${folder}/runs/*/${table}.csv.gz' COMPRESSION 'gzip' FORMAT CSVWithNames`);
	query(clocks);
	query(`INSERT INTO clocks FROM INFILE '${folder}/clocks.csv' FORMAT CSVWithNames`);
	const rows = query(question).trim().split('\n').filter(l => l).map(line => JSON.parse(line));
	compare(`ClickHouse ${JSON.parse(query('SELECT version()'))[0]}`, rows);
}

await duckdb();
try {
	clickhouse();
} catch (error) {
	console.log(`FAIL ClickHouse: ${error.message.slice(0, 2000)}`);
	failed++;
}
process.exit(failed ? 1 : 0);
