// Reads feeds as three parsers understand them and prints that as JSON.
//
// The feeds are the files that are named, or standard input. The answer is a list with an object
// for each of them: {parser: {title, entries} or {error}}. A field that a parser does not have
// is null. The parsers are installed in the folder that FEEDSVC_TEST_NPM names.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';

const installed = createRequire(resolve(process.env.FEEDSVC_TEST_NPM ?? '.', 'package.json'));
const RssParser = installed('rss-parser');
const FeedParser = installed('feedparser');
const {parseFeed} = installed('@rowanmanning/feed-parser');

const moment = (value) => (value ? new Date(value).toISOString() : null);
const text = (value) => value ?? null;

async function rssParser(body) {
  const feed = await new RssParser().parseString(body);
  const entries = feed.items.map((item) => ({
    id: text(item.id ?? item.guid),
    title: text(item.title),
    link: text(item.link),
    published: moment(item.isoDate),
    updated: null,
    authors: [item.author ?? item.creator].filter(Boolean),
    categories: item.categories ?? null,
    content: text(item['content:encoded'] ?? item.content),
    summary: text(item.summary ?? (item['content:encoded'] ? item.content : null)),
    enclosures: item.enclosure ? [item.enclosure] : null,
  }));
  return {title: text(feed.title), entries};
}

function nodeFeedparser(body) {
  return new Promise((done, fail) => {
    const parser = new FeedParser();
    const entries = [];
    let title = null;
    parser.on('error', fail);
    parser.on('meta', (meta) => (title = text(meta.title)));
    parser.on('data', (item) =>
      entries.push({
        id: text(item.guid),
        title: text(item.title),
        link: text(item.link),
        published: moment(item.pubdate),
        updated: moment(item.date),
        authors: item.author ? [item.author] : [],
        categories: item.categories,
        content: text(item.description),
        summary: text(item.summary),
        enclosures: item.enclosures,
      }),
    );
    parser.on('end', () => done({title, entries}));
    parser.end(body);
  });
}

function rowanmanning(body) {
  const feed = parseFeed(body);
  const entries = feed.items.map((item) => ({
    id: item.id,
    title: item.title,
    link: item.url,
    published: moment(item.published),
    updated: moment(item.updated),
    authors: item.authors.map((author) => author.name),
    categories: item.categories.map((category) => category.term),
    content: item.content,
    summary: item.description,
    enclosures: item.media.map(({url, mimeType, length}) => ({url, type: mimeType, length})),
  }));
  return {title: feed.title, entries};
}

const PARSERS = {
  'rss-parser': rssParser,
  feedparser: nodeFeedparser,
  '@rowanmanning/feed-parser': rowanmanning,
};

async function read(body) {
  const told = {};
  for (const [name, parse] of Object.entries(PARSERS)) {
    try {
      told[name] = await parse(body);
    } catch (problem) {
      told[name] = {error: String(problem)};
    }
  }
  return told;
}

const answers = [];
for (const name of process.argv.length > 2 ? process.argv.slice(2) : [0]) {
  answers.push(await read(readFileSync(name, 'utf8')));
}
process.stdout.write(JSON.stringify(answers));
