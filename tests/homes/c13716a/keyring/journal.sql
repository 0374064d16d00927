BEGIN TRANSACTION;
CREATE TABLE event (
    id INTEGER PRIMARY KEY, profile TEXT NOT NULL, at REAL NOT NULL, what TEXT NOT NULL,
    strand TEXT NOT NULL, colour TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL,
    rung TEXT NOT NULL, outcome TEXT NOT NULL, fingerprint TEXT NOT NULL,
    tracking_id TEXT NOT NULL, detail TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,'{id-of-main}',1.79578698486620211595e+09,'secrets-moved','secrets-moved','',NULL,'','','','','','4 from the config into the keyring');
INSERT INTO "event" VALUES(2,'{id-of-main}',1.79578698487010192871e+09,'env-adopted','env-adopted','',NULL,'','','','60bda1d9','','');
INSERT INTO "event" VALUES(3,'{id-of-main}',1.79578698487460899349e+09,'token-confirmed','token-confirmed','',NULL,'','','','60bda1d9','','');
INSERT INTO "event" VALUES(4,'{id-of-main}',1.7957869848757140636e+09,'health','health','green',11,'works','','','60bda1d9','','');
INSERT INTO "event" VALUES(5,'{id-of-main}',1.79578698512260293961e+09,'rung','rung','',NULL,'','service-refresh','granted','c7759d03','','');
INSERT INTO "event" VALUES(6,'{id-of-main}',1.79578698513026499745e+09,'token-confirmed','token-confirmed','',NULL,'','','','c7759d03','','');
INSERT INTO "event" VALUES(7,'{id-of-main}',1.79578698545282411575e+09,'rung','rung','',NULL,'','service-refresh','rejected','cd60d828','ROUTER_44C0675B-482A-4239-B618-987DBB8FEEC2','');
INSERT INTO "event" VALUES(8,'{id-of-main}',1.79578698545578598977e+09,'rung','rung','',NULL,'','mint-pasted','rejected','02e590ab','ROUTER_882B57CF-5C05-4FC1-8460-C4020C2B4CE2','');
INSERT INTO "event" VALUES(9,'{id-of-main}',1.79578698546048402782e+09,'rung','rung','',NULL,'','integration-refresh','granted','f9d47a8f','','');
INSERT INTO "event" VALUES(10,'{id-of-main}',1.7957869854640181065e+09,'rung','rung','',NULL,'','mint-integration','granted','487ea0bc','','');
INSERT INTO "event" VALUES(11,'{id-of-main}',1.79578698546989393236e+09,'token-confirmed','token-confirmed','',NULL,'','','','487ea0bc','','');
INSERT INTO "event" VALUES(12,'{id-of-main}',1.79578698572169589997e+09,'secrets-moved','secrets-moved','',NULL,'','','','','','1 from the config into the keyring');
INSERT INTO "event" VALUES(13,'{id-of-project}',1.79578698597900390625e+09,'secrets-moved','secrets-moved','',NULL,'','','','','','2 from the config into the keyring');
INSERT INTO "event" VALUES(14,'{id-of-project}',1.79578698598302292826e+09,'env-adopted','env-adopted','',NULL,'','','','14d0b22a','','');
INSERT INTO "event" VALUES(15,'{id-of-project}',1.79578698598713207244e+09,'token-confirmed','token-confirmed','',NULL,'','','','14d0b22a','','');
INSERT INTO "event" VALUES(16,'{id-of-project}',1.79578698598813295359e+09,'health','health','green',11,'works','','','14d0b22a','','');
INSERT INTO "event" VALUES(17,'{id-of-project}',1.79578698623921394345e+09,'rung','rung','',NULL,'','service-refresh','granted','ecec7dc9','','');
INSERT INTO "event" VALUES(18,'{id-of-project}',1.79578698624637794496e+09,'token-confirmed','token-confirmed','',NULL,'','','','ecec7dc9','','');
CREATE TABLE life (digest TEXT PRIMARY KEY, began REAL NOT NULL, ends REAL NOT NULL);
INSERT INTO "life" VALUES('c7759d03deadfeba8af6841cc01843d2bb07377072ca6be67eb93407a311c7f8',1.79578698512116408355e+09,1.79699658412116408355e+09);
INSERT INTO "life" VALUES('cd60d82869b44b2e8a591f13950a699a9b9bf686288b311382122442052a5ae5',1.79578698512116408355e+09,1.80356298412116408339e+09);
INSERT INTO "life" VALUES('d8947ddedac966687b2da924bdd896ceef9a6214607f4504764a4065d9ed3a93',1.79578698545911097524e+09,1.80356298445911097522e+09);
INSERT INTO "life" VALUES('f9d47a8f9590548d37face3718b6db13f16d309a16d72b97c13ea36c05f33717',1.79578698545911097524e+09,1.79699658445911097525e+09);
INSERT INTO "life" VALUES('487ea0bcb3e77c418962e4ba55e13a9a3366df5651a43c079b15dcf57977d0c9',1.79578698546297693249e+09,1.7969965844629769325e+09);
INSERT INTO "life" VALUES('d40ef80e4e1effefffbbc7111a53c3599f16014dbbd514a544e9c69242a33d6f',1.79578698546297693249e+09,1.80356298446297693251e+09);
INSERT INTO "life" VALUES('ecec7dc979ffc7b5b7cc4f14a2e97d492f3be3b81ec4e06fefac17475f205d7d',1.79578698623799896246e+09,1.79699658523799896247e+09);
INSERT INTO "life" VALUES('23ca132a4629ceb924aa759dbe1a947c30c57cc11897d844e723a1e136bf0da6',1.79578698623799896246e+09,1.80356298523799896231e+09);
CREATE TABLE mark (key TEXT PRIMARY KEY, refusal TEXT NOT NULL, at REAL NOT NULL);
INSERT INTO "mark" VALUES('447d15f288050efbb535a0be28c4fb9483ca04a459f7ce79d35b6788adb1570c','rejected',1.79578698545360302928e+09);
INSERT INTO "mark" VALUES('715d8bae0c2f64768f832a8ab98cd6c340ff0f76640d9ecae8b9744afc798b77','rejected',1.79578698545647096637e+09);
CREATE TABLE pause (name TEXT PRIMARY KEY, until REAL NOT NULL);
INSERT INTO "pause" VALUES('forgetting',1.79587338487466192243e+09);
INSERT INTO "pause" VALUES('renew/487ea0bcb3e77c418962e4ba55e13a9a3366df5651a43c079b15dcf57977d0c9',1.79587338546417403222e+09);
CREATE TABLE probe (
    digest TEXT PRIMARY KEY, confirmed REAL, under_scoped INTEGER NOT NULL DEFAULT 0, rejected REAL
);
INSERT INTO "probe" VALUES('60bda1d94d7546f624c9790f45a597c295b8e40703a07856852aa1fb08378d9a',1.79578698511483788487e+09,0,NULL);
INSERT INTO "probe" VALUES('c7759d03deadfeba8af6841cc01843d2bb07377072ca6be67eb93407a311c7f8',1.79578698544761395459e+09,0,NULL);
INSERT INTO "probe" VALUES('14d0b22a5b4e19de45639f8e3fb4294e8f92b8c115e1c081b4a0c9e94a286c41',1.79578698623254108426e+09,0,NULL);
INSERT INTO "probe" VALUES('487ea0bcb3e77c418962e4ba55e13a9a3366df5651a43c079b15dcf57977d0c9',1.79578698700712108609e+09,0,NULL);
INSERT INTO "probe" VALUES('ecec7dc979ffc7b5b7cc4f14a2e97d492f3be3b81ec4e06fefac17475f205d7d',1.79578698777259111404e+09,0,NULL);
CREATE TABLE report (profile TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL);
INSERT INTO "report" VALUES('{home}/.config/webex-token-tray/token-config.json',1.79578698700782608986e+09,'{"form": 1, "base": "http://{host}/v1", "day": "2026-11-27 +0000", "config": [1795786985720686112, 1795786985721065005, 783, 2148040], "env": [1795786985464861183, 1795786985465192635, 343, 2148041], "report": {"object": {"colour": "green", "shape": "check", "row": 11, "reason": "works", "headline": "Token works until Fri 11 Dec 13:43", "next_step": null, "who": null, "until": "2026-12-11T13:43:04Z", "checked_at": "2026-11-27T13:43:07Z", "confirmed_at": "2026-11-27T13:43:07Z", "breaks_first": null, "env_file": "{home}/programs/.env", "links": [{"name": "service-app-token", "state": "works", "expires_at": "2026-12-11T13:43:04Z", "fingerprint": "487ea0bc", "data_source": null}, {"name": "service-app-refresh-token", "state": "present", "expires_at": "2027-02-25T13:43:04Z", "fingerprint": "d40ef80e", "data_source": null}, {"name": "personal-access-token", "state": "present", "expires_at": null, "fingerprint": "1dc3d26d", "data_source": null}, {"name": "integration-sign-in", "state": "present", "expires_at": "2027-02-25T13:43:04Z", "fingerprint": "d8947dde", "data_source": null}]}, "step": "", "forecast": "", "lines": [["Service app token", "works until Fri 11 Dec 13:43", "good"], ["Its refresh token", "present until Thu 25 Feb 13:43", ""], ["Personal access token", "present, end not known", ""], ["Integration sign-in", "present until Thu 25 Feb 13:43", ""], ["Checked", "13:43", ""], [".env", "{home}/programs/.env", ""]]}}');
INSERT INTO "report" VALUES('{home}/project/token-config.json',1.79578698777332496647e+09,'{"form": 1, "base": "http://{host}/v1", "day": "2026-11-27 +0000", "config": [1795786985977979456, 1795786985978505235, 709, 2148053], "env": [1795786986240248291, 1795786986240680880, 343, 2148056], "report": {"object": {"colour": "green", "shape": "check", "row": 11, "reason": "works", "headline": "Token works until Fri 11 Dec 13:43", "next_step": null, "who": null, "until": "2026-12-11T13:43:05Z", "checked_at": "2026-11-27T13:43:07Z", "confirmed_at": "2026-11-27T13:43:07Z", "breaks_first": null, "env_file": "{home}/project/.env", "links": [{"name": "service-app-token", "state": "works", "expires_at": "2026-12-11T13:43:05Z", "fingerprint": "ecec7dc9", "data_source": null}, {"name": "service-app-refresh-token", "state": "present", "expires_at": "2027-02-25T13:43:05Z", "fingerprint": "23ca132a", "data_source": null}, {"name": "personal-access-token", "state": "present", "expires_at": null, "fingerprint": "1dc3d26d", "data_source": null}, {"name": "integration-sign-in", "state": "present", "expires_at": "2027-02-25T13:43:04Z", "fingerprint": "d8947dde", "data_source": null}]}, "step": "", "forecast": "", "lines": [["Service app token", "works until Fri 11 Dec 13:43", "good"], ["Its refresh token", "present until Thu 25 Feb 13:43", ""], ["Personal access token", "present, end not known", ""], ["Integration sign-in", "present until Thu 25 Feb 13:43", ""], ["Checked", "13:43", ""], [".env", "{home}/project/.env", ""]]}}');
CREATE TABLE superseded (digest TEXT PRIMARY KEY, at REAL NOT NULL);
INSERT INTO "superseded" VALUES('60bda1d94d7546f624c9790f45a597c295b8e40703a07856852aa1fb08378d9a',1.79578698512116408355e+09);
INSERT INTO "superseded" VALUES('1047d99fb528f9c57295bfc89deda7cf4b92a327db2828413094c399b4a290f5',1.79578698512116408355e+09);
INSERT INTO "superseded" VALUES('10f09b124e0b3955d85ae771b010c2797056b4a5921ba75220a15dc995e0a3f5',1.79578698545911097524e+09);
INSERT INTO "superseded" VALUES('c7759d03deadfeba8af6841cc01843d2bb07377072ca6be67eb93407a311c7f8',1.79578698546297693249e+09);
INSERT INTO "superseded" VALUES('cd60d82869b44b2e8a591f13950a699a9b9bf686288b311382122442052a5ae5',1.79578698546297693249e+09);
INSERT INTO "superseded" VALUES('14d0b22a5b4e19de45639f8e3fb4294e8f92b8c115e1c081b4a0c9e94a286c41',1.79578698623799896246e+09);
INSERT INTO "superseded" VALUES('e19c946fdc3ed152456a8695097175c42e63bf418ecd7f4a831a168d2306b320',1.79578698623799896246e+09);
CREATE TABLE usage (
    digest TEXT PRIMARY KEY, seen REAL NOT NULL, used REAL, effect TEXT NOT NULL
);
INSERT INTO "usage" VALUES('60bda1d94d7546f624c9790f45a597c295b8e40703a07856852aa1fb08378d9a',1.79578698487527608869e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('1047d99fb528f9c57295bfc89deda7cf4b92a327db2828413094c399b4a290f5',1.79578698487527608869e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('10f09b124e0b3955d85ae771b010c2797056b4a5921ba75220a15dc995e0a3f5',1.79578698487527608869e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('cd60d82869b44b2e8a591f13950a699a9b9bf686288b311382122442052a5ae5',1.7957869851228051186e+09,1.7957869851228051186e+09,'unknown');
INSERT INTO "usage" VALUES('d8947ddedac966687b2da924bdd896ceef9a6214607f4504764a4065d9ed3a93',1.79578698546052694315e+09,1.79578698546052694315e+09,'unknown');
INSERT INTO "usage" VALUES('14d0b22a5b4e19de45639f8e3fb4294e8f92b8c115e1c081b4a0c9e94a286c41',1.79578698598766708371e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('e19c946fdc3ed152456a8695097175c42e63bf418ecd7f4a831a168d2306b320',1.79578698598766708371e+09,NULL,'unknown');
INSERT INTO "usage" VALUES('23ca132a4629ceb924aa759dbe1a947c30c57cc11897d844e723a1e136bf0da6',1.79578698623941302304e+09,1.79578698623941302304e+09,'unknown');
CREATE INDEX event_of_strand ON event (profile, strand, id);
COMMIT;
