BEGIN TRANSACTION;
CREATE TABLE event (
    id INTEGER PRIMARY KEY, profile TEXT NOT NULL, at REAL NOT NULL, what TEXT NOT NULL,
    strand TEXT NOT NULL, colour TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL,
    rung TEXT NOT NULL, outcome TEXT NOT NULL, fingerprint TEXT NOT NULL,
    tracking_id TEXT NOT NULL, detail TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,'{id-of-main}',1.79578698805200099946e+09,'secrets-moved','secrets-moved','',NULL,'','','','','','4 from the config into the file {home}/.local/share/webex-token-tray/secrets.json');
INSERT INTO "event" VALUES(2,'{id-of-main}',1.79578698805583596232e+09,'env-adopted','env-adopted','',NULL,'','','','b31dabfd','','');
INSERT INTO "event" VALUES(3,'{id-of-main}',1.79578698806238698957e+09,'token-confirmed','token-confirmed','',NULL,'','','','b31dabfd','','');
INSERT INTO "event" VALUES(4,'{id-of-main}',1.79578698806359505655e+09,'health','health','green',11,'works','','','b31dabfd','','');
INSERT INTO "event" VALUES(5,'{id-of-main}',1.79578698830895304677e+09,'rung','rung','',NULL,'','service-refresh','granted','99ee6520','','');
INSERT INTO "event" VALUES(6,'{id-of-main}',1.79578698831457710268e+09,'token-confirmed','token-confirmed','',NULL,'','','','99ee6520','','');
INSERT INTO "event" VALUES(7,'{id-of-main}',1.79578698865396189695e+09,'rung','rung','',NULL,'','service-refresh','rejected','1a68c6ac','ROUTER_9A51F698-20C9-4A77-BE60-411A8C5716EB','');
INSERT INTO "event" VALUES(8,'{id-of-main}',1.79578698865779304502e+09,'rung','rung','',NULL,'','mint-pasted','rejected','87e01c83','ROUTER_3ECD1DB0-B2D2-413F-8751-7CC7274D3963','');
INSERT INTO "event" VALUES(9,'{id-of-main}',1.79578698866641902924e+09,'rung','rung','',NULL,'','integration-refresh','granted','c6f9c68c','','');
INSERT INTO "event" VALUES(10,'{id-of-main}',1.79578698867200398448e+09,'rung','rung','',NULL,'','mint-integration','granted','f5380203','','');
INSERT INTO "event" VALUES(11,'{id-of-main}',1.79578698868131399158e+09,'token-confirmed','token-confirmed','',NULL,'','','','f5380203','','');
INSERT INTO "event" VALUES(12,'{id-of-main}',1.79578698891318702703e+09,'secrets-moved','secrets-moved','',NULL,'','','','','','1 from the config into the file {home}/.local/share/webex-token-tray/secrets.json');
INSERT INTO "event" VALUES(13,'{id-of-project}',1795786989.14621,'secrets-moved','secrets-moved','',NULL,'','','','','','2 from the config into the file {home}/.local/share/webex-token-tray/secrets.json');
INSERT INTO "event" VALUES(14,'{id-of-project}',1.79578698915064907072e+09,'env-adopted','env-adopted','',NULL,'','','','c0d45479','','');
INSERT INTO "event" VALUES(15,'{id-of-project}',1.79578698915594601633e+09,'token-confirmed','token-confirmed','',NULL,'','','','c0d45479','','');
INSERT INTO "event" VALUES(16,'{id-of-project}',1.7957869891569271087e+09,'health','health','green',11,'works','','','c0d45479','','');
INSERT INTO "event" VALUES(17,'{id-of-project}',1.7957869893697960377e+09,'rung','rung','',NULL,'','service-refresh','granted','86439042','','');
INSERT INTO "event" VALUES(18,'{id-of-project}',1.79578698937458610535e+09,'token-confirmed','token-confirmed','',NULL,'','','','86439042','','');
CREATE TABLE life (digest TEXT PRIMARY KEY, began REAL NOT NULL, ends REAL NOT NULL);
INSERT INTO "life" VALUES('99ee65206146d61b2e230304cc8678c1d60be25fb57dec3e1cab95739de702b1',1.79578698830594706533e+09,1.79699658730594706533e+09);
INSERT INTO "life" VALUES('1a68c6ac855682263abb7d72e4a0bac2fa2e410dabb17dee27b49e386dece6de',1.79578698830594706533e+09,1.80356298730594706535e+09);
INSERT INTO "life" VALUES('dc5b3263669f954cb8b0d528d98c99fb5b0b05b0403b5745fd53663678092f08',1.79578698866178202622e+09,1.80356298766178202623e+09);
INSERT INTO "life" VALUES('c6f9c68c0c184e14292e6c166f4004a6fdd006c960db6dfe9c8673077c56808d',1.79578698866178202622e+09,1.79699658766178202622e+09);
INSERT INTO "life" VALUES('f5380203f7098aa00530b51d7f967490efa6662527d71df679be4e4f1af3acb9',1.79578698866956806183e+09,1.79699658766956806184e+09);
INSERT INTO "life" VALUES('4ef496c3349effcafd201ddf6121de05b7d5c3c374115de947f53d1096c3a78d',1.79578698866956806183e+09,1.80356298766956806185e+09);
INSERT INTO "life" VALUES('86439042a07ad3b95099cb6bc00a0cde0d860a59c6fae6c7c5cb5dfe35676bc6',1.79578698936716103558e+09,1.79699658836716103559e+09);
INSERT INTO "life" VALUES('37d3b55a1ea1a0233c472da4e2fee32f87874fe9a069f0f2b01bae1796ccc8dd',1.79578698936716103558e+09,1.8035629883671610356e+09);
CREATE TABLE mark (key TEXT PRIMARY KEY, refusal TEXT NOT NULL, at REAL NOT NULL);
INSERT INTO "mark" VALUES('6cec5a720f2716de4e5554c709c6fe33f13e69564de7ae197a240e58d60539f8','rejected',1.79578698865492510797e+09);
INSERT INTO "mark" VALUES('96cd3ab91bad1bff27656be4e86518594f3a89a7d5954c44318e866240c01301','rejected',1.79578698865842795368e+09);
CREATE TABLE pause (name TEXT PRIMARY KEY, until REAL NOT NULL);
INSERT INTO "pause" VALUES('forgetting',1.79587338806245088579e+09);
INSERT INTO "pause" VALUES('renew/f5380203f7098aa00530b51d7f967490efa6662527d71df679be4e4f1af3acb9',1.79587338867216897006e+09);
CREATE TABLE probe (
    digest TEXT PRIMARY KEY, confirmed REAL, under_scoped INTEGER NOT NULL DEFAULT 0, rejected REAL
);
INSERT INTO "probe" VALUES('b31dabfdd57fb8402363718b8adc231dd6ae707b91fe103e3f87453e62c1faad',1.79578698830045700067e+09,0,NULL);
INSERT INTO "probe" VALUES('99ee65206146d61b2e230304cc8678c1d60be25fb57dec3e1cab95739de702b1',1.79578698864795494082e+09,0,NULL);
INSERT INTO "probe" VALUES('c0d454798a14c4e810863022a3ad39d2da3ac8391ce4583e48525f204fd608f4',1.79578698936220288277e+09,0,NULL);
INSERT INTO "probe" VALUES('f5380203f7098aa00530b51d7f967490efa6662527d71df679be4e4f1af3acb9',1.79578699004770803455e+09,0,NULL);
INSERT INTO "probe" VALUES('86439042a07ad3b95099cb6bc00a0cde0d860a59c6fae6c7c5cb5dfe35676bc6',1.79578699064295506477e+09,0,NULL);
CREATE TABLE report (profile TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
INSERT INTO "report" VALUES('{home}/.config/webex-token-tray/token-config.json',1795786990.04849,'{"form": 1, "base": "http://{host}/v1", "day": "2026-11-27 +0000", "config": [1795786988912372539, 1795786988912705970, 780, 2148115], "env": [1795786988672754966, 1795786988673089619, 343, 2148114], "report": {"object": {"colour": "green", "shape": "check", "row": 11, "reason": "works", "headline": "Token works until Fri 11 Dec 13:43", "next_step": null, "who": null, "until": "2026-12-11T13:43:07Z", "checked_at": "2026-11-27T13:43:10Z", "confirmed_at": "2026-11-27T13:43:10Z", "breaks_first": null, "env_file": "{home}/programs/.env", "links": [{"name": "service-app-token", "state": "works", "expires_at": "2026-12-11T13:43:07Z", "fingerprint": "f5380203", "data_source": null}, {"name": "service-app-refresh-token", "state": "present", "expires_at": "2027-02-25T13:43:07Z", "fingerprint": "4ef496c3", "data_source": null}, {"name": "personal-access-token", "state": "present", "expires_at": null, "fingerprint": "6c90588b", "data_source": null}, {"name": "integration-sign-in", "state": "present", "expires_at": "2027-02-25T13:43:07Z", "fingerprint": "dc5b3263", "data_source": null}]}, "step": "", "forecast": "", "lines": [["Service app token", "works until Fri 11 Dec 13:43", "good"], ["Its refresh token", "present until Thu 25 Feb 13:43", ""], ["Personal access token", "present, end not known", ""], ["Integration sign-in", "present until Thu 25 Feb 13:43", ""], ["Checked", "13:43", ""], [".env", "{home}/programs/.env", ""]]}}');
INSERT INTO "report" VALUES('{home}/project/token-config.json',1.79578699064369702335e+09,'{"form": 1, "base": "http://{host}/v1", "day": "2026-11-27 +0000", "config": [1795786989145096422, 1795786989145739437, 706, 2147652], "env": [1795786989370686622, 1795786989371011981, 343, 2148091], "report": {"object": {"colour": "green", "shape": "check", "row": 11, "reason": "works", "headline": "Token works until Fri 11 Dec 13:43", "next_step": null, "who": null, "until": "2026-12-11T13:43:08Z", "checked_at": "2026-11-27T13:43:10Z", "confirmed_at": "2026-11-27T13:43:10Z", "breaks_first": null, "env_file": "{home}/project/.env", "links": [{"name": "service-app-token", "state": "works", "expires_at": "2026-12-11T13:43:08Z", "fingerprint": "86439042", "data_source": null}, {"name": "service-app-refresh-token", "state": "present", "expires_at": "2027-02-25T13:43:08Z", "fingerprint": "37d3b55a", "data_source": null}, {"name": "personal-access-token", "state": "present", "expires_at": null, "fingerprint": "6c90588b", "data_source": null}, {"name": "integration-sign-in", "state": "present", "expires_at": "2027-02-25T13:43:07Z", "fingerprint": "dc5b3263", "data_source": null}]}, "step": "", "forecast": "", "lines": [["Service app token", "works until Fri 11 Dec 13:43", "good"], ["Its refresh token", "present until Thu 25 Feb 13:43", ""], ["Personal access token", "present, end not known", ""], ["Integration sign-in", "present until Thu 25 Feb 13:43", ""], ["Checked", "13:43", ""], [".env", "{home}/project/.env", ""]]}}');
CREATE TABLE superseded (digest TEXT PRIMARY KEY, at REAL NOT NULL);
INSERT INTO "superseded" VALUES('b31dabfdd57fb8402363718b8adc231dd6ae707b91fe103e3f87453e62c1faad',1.79578698830594706533e+09);
INSERT INTO "superseded" VALUES('72e432a43db651d7036e8e24484d79595a97ecb512b377680fa298efc92170dd',1.79578698830594706533e+09);
INSERT INTO "superseded" VALUES('7e0220413236000ea959a7699d38b0e50a73dcf9ed83b59049412f8139e249b8',1.79578698866178202622e+09);
INSERT INTO "superseded" VALUES('99ee65206146d61b2e230304cc8678c1d60be25fb57dec3e1cab95739de702b1',1.79578698866956806183e+09);
INSERT INTO "superseded" VALUES('1a68c6ac855682263abb7d72e4a0bac2fa2e410dabb17dee27b49e386dece6de',1.79578698866956806183e+09);
INSERT INTO "superseded" VALUES('c0d454798a14c4e810863022a3ad39d2da3ac8391ce4583e48525f204fd608f4',1.79578698936716103558e+09);
INSERT INTO "superseded" VALUES('faf79c7cf70ea15e13fa005e56468fac60b74c41389822f038137e907841675f',1.79578698936716103558e+09);
CREATE TABLE usage (
    digest TEXT PRIMARY KEY, seen REAL NOT NULL, used REAL, effect TEXT NOT NULL
);
INSERT INTO "usage" VALUES('b31dabfdd57fb8402363718b8adc231dd6ae707b91fe103e3f87453e62c1faad',1.79578698806312203411e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('72e432a43db651d7036e8e24484d79595a97ecb512b377680fa298efc92170dd',1.79578698806312203411e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('7e0220413236000ea959a7699d38b0e50a73dcf9ed83b59049412f8139e249b8',1.79578698806312203411e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('1a68c6ac855682263abb7d72e4a0bac2fa2e410dabb17dee27b49e386dece6de',1.79578698830916404726e+09,1.79578698830916404726e+09,'unknown');
INSERT INTO "usage" VALUES('dc5b3263669f954cb8b0d528d98c99fb5b0b05b0403b5745fd53663678092f08',1.79578698866647911078e+09,1.79578698866647911078e+09,'unknown');
INSERT INTO "usage" VALUES('c0d454798a14c4e810863022a3ad39d2da3ac8391ce4583e48525f204fd608f4',1.79578698915645909315e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('faf79c7cf70ea15e13fa005e56468fac60b74c41389822f038137e907841675f',1.79578698915645909315e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('37d3b55a1ea1a0233c472da4e2fee32f87874fe9a069f0f2b01bae1796ccc8dd',1795786989.36997,1795786989.36997,'unknown');
CREATE INDEX event_of_strand ON event (profile, strand, id);
COMMIT;
