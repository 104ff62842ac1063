//! Cyclic redundancy checks of 1 to 64 bits, by the parameters of the public catalogue.
//!
//! Source: the [catalogue of parametrised CRC algorithms](https://reveng.sourceforge.io/crc-catalogue/all.htm), whose
//! entries the `crc` crate carries as constants. That crate computes only from `&'static` ones, and a layout may bring
//! its own parameters, so one engine here computes both.

use super::ChecksumError;
use std::fmt;
use std::sync::Arc;

/// What makes a CRC, in the notation of the catalogue (and of Rocksoft's model).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrcParameters {
    /// Width of the result in bits, 1 to 64.
    pub width: u32,
    /// The generator polynomial without its highest term, never reversed.
    pub poly: u64,
    /// The register before the first byte, never reversed.
    pub init: u64,
    /// Whether each byte is taken from its lowest bit on.
    pub refin: bool,
    /// Whether the register is reversed before `xorout`.
    pub refout: bool,
    /// What the register is xored with at the end.
    pub xorout: u64,
}

/// A CRC with its table.
///
/// The register stands at the end of the `u64` where the next byte enters it: at the low end for `refin`, where it is
/// kept reversed, else at the high end. So one byte costs the same for every width, also for those below eight bits.
#[derive(Clone)]
pub(super) struct Crc {
    parameters: CrcParameters,
    table: Arc<[u64; 256]>,
}

impl Crc {
    pub(super) fn new(parameters: CrcParameters) -> Result<Self, ChecksumError> {
        let CrcParameters { width, poly, init, xorout, .. } = parameters;
        if !(1..=64).contains(&width) {
            return Err(ChecksumError::Width { width });
        }
        for (parameter, value) in [("poly", poly), ("init", init), ("xorout", xorout)] {
            check_width(parameter, value, width)?;
        }
        // The reversed forms of common polynomials are even, and so is Koopman's notation: a mix-up, caught here.
        if poly % 2 == 0 {
            return Err(ChecksumError::EvenPoly { poly });
        }
        Ok(Self { parameters, table: Arc::new(table(&parameters)) })
    }

    pub(super) fn with_seed(self, seed: u64) -> Result<Self, ChecksumError> {
        check_width("seed", seed, self.parameters.width)?;
        Ok(Self { parameters: CrcParameters { init: seed, ..self.parameters }, ..self })
    }

    pub(super) fn width(&self) -> u32 {
        self.parameters.width
    }

    pub(super) fn compute(&self, bytes: &[u8]) -> u64 {
        let CrcParameters { width, init, refin, refout, xorout, .. } = self.parameters;
        let register = if refin {
            bytes.iter().fold(reversed(init, width), |register, byte| {
                let [lowest, ..] = register.to_le_bytes();
                self.table[usize::from(lowest ^ byte)] ^ register >> 8
            })
        } else {
            bytes.iter().fold(at_high_end(init, width), |register, byte| {
                let [highest, ..] = register.to_be_bytes();
                self.table[usize::from(highest ^ byte)] ^ register << 8
            })
        };

        let result = if refin { register } else { register >> (64 - width) };
        let result = if refin == refout { result } else { reversed(result, width) };
        result ^ xorout
    }
}

/// The table follows from the parameters, so it says nothing more.
impl PartialEq for Crc {
    fn eq(&self, other: &Self) -> bool {
        self.parameters == other.parameters
    }
}

impl Eq for Crc {}

impl fmt::Debug for Crc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Crc").field(&self.parameters).finish()
    }
}

fn check_width(parameter: &'static str, value: u64, width: u32) -> Result<(), ChecksumError> {
    if u128::from(value) >> width == 0 { Ok(()) } else { Err(ChecksumError::TooWide { parameter, value, width }) }
}

/// What each byte does to an empty register.
fn table(parameters: &CrcParameters) -> [u64; 256] {
    let CrcParameters { width, poly, refin, .. } = *parameters;
    let mut byte = 0;
    [0; 256].map(|_: u64| {
        let effect = if refin {
            let poly = reversed(poly, width);
            (0..8).fold(byte, |register, _| (register >> 1) ^ if register & 1 == 1 { poly } else { 0 })
        } else {
            let poly = at_high_end(poly, width);
            (0..8).fold(byte << 56, |register, _| (register << 1) ^ if register >> 63 == 1 { poly } else { 0 })
        };
        byte += 1;
        effect
    })
}

/// The lowest `width` bits, 1 to 64, in reverse.
fn reversed(value: u64, width: u32) -> u64 {
    at_high_end(value, width).reverse_bits()
}

/// The lowest `width` bits, 1 to 64, moved to the high end.
fn at_high_end(value: u64, width: u32) -> u64 {
    value << (64 - width)
}

/// An algorithm of the catalogue.
pub(super) struct CatalogueEntry {
    pub(super) name: &'static str,
    pub(super) parameters: CrcParameters,
    #[cfg(test)]
    published: Published,
}

/// What the tests hold an entry to.
#[cfg(test)]
struct Published {
    constant: &'static str,
    check: u64,
    compute: fn(&[u8]) -> u64,
}

/// One line per algorithm: our name, which is the constant's in lower case without its first underscore, and the
/// constant. The type is the one the `crc` crate keeps its register in.
macro_rules! catalogue {
    ($($register:ident { $($name:literal = $constant:ident,)* })*) => {
        pub(super) static CATALOGUE: &[CatalogueEntry] = &[$($(CatalogueEntry {
            name: $name,
            parameters: CrcParameters {
                width: ::crc::$constant.width as u32,
                poly: ::crc::$constant.poly as u64,
                init: ::crc::$constant.init as u64,
                refin: ::crc::$constant.refin,
                refout: ::crc::$constant.refout,
                xorout: ::crc::$constant.xorout as u64,
            },
            #[cfg(test)]
            published: Published {
                constant: stringify!($constant),
                check: ::crc::$constant.check as u64,
                compute: |bytes| ::crc::Crc::<$register>::new(&::crc::$constant).checksum(bytes) as u64,
            },
        },)*)*];
    };
}

// All of the `crc` crate 3.4 with catalogue 2.5 except CRC_82_DARC, which is wider than a u64.
catalogue! {
    u8 {
        "crc3_gsm" = CRC_3_GSM,
        "crc3_rohc" = CRC_3_ROHC,
        "crc4_g_704" = CRC_4_G_704,
        "crc4_interlaken" = CRC_4_INTERLAKEN,
        "crc5_epc_c1g2" = CRC_5_EPC_C1G2,
        "crc5_g_704" = CRC_5_G_704,
        "crc5_usb" = CRC_5_USB,
        "crc6_cdma2000_a" = CRC_6_CDMA2000_A,
        "crc6_cdma2000_b" = CRC_6_CDMA2000_B,
        "crc6_darc" = CRC_6_DARC,
        "crc6_g_704" = CRC_6_G_704,
        "crc6_gsm" = CRC_6_GSM,
        "crc7_mmc" = CRC_7_MMC,
        "crc7_rohc" = CRC_7_ROHC,
        "crc7_umts" = CRC_7_UMTS,
        "crc8_autosar" = CRC_8_AUTOSAR,
        "crc8_bluetooth" = CRC_8_BLUETOOTH,
        "crc8_cdma2000" = CRC_8_CDMA2000,
        "crc8_darc" = CRC_8_DARC,
        "crc8_dvb_s2" = CRC_8_DVB_S2,
        "crc8_gsm_a" = CRC_8_GSM_A,
        "crc8_gsm_b" = CRC_8_GSM_B,
        "crc8_hitag" = CRC_8_HITAG,
        "crc8_i_432_1" = CRC_8_I_432_1,
        "crc8_i_code" = CRC_8_I_CODE,
        "crc8_lte" = CRC_8_LTE,
        "crc8_maxim_dow" = CRC_8_MAXIM_DOW,
        "crc8_mifare_mad" = CRC_8_MIFARE_MAD,
        "crc8_nrsc_5" = CRC_8_NRSC_5,
        "crc8_opensafety" = CRC_8_OPENSAFETY,
        "crc8_rohc" = CRC_8_ROHC,
        "crc8_sae_j1850" = CRC_8_SAE_J1850,
        "crc8_smbus" = CRC_8_SMBUS,
        "crc8_tech_3250" = CRC_8_TECH_3250,
        "crc8_wcdma" = CRC_8_WCDMA,
    }
    u16 {
        "crc10_atm" = CRC_10_ATM,
        "crc10_cdma2000" = CRC_10_CDMA2000,
        "crc10_gsm" = CRC_10_GSM,
        "crc11_flexray" = CRC_11_FLEXRAY,
        "crc11_umts" = CRC_11_UMTS,
        "crc12_cdma2000" = CRC_12_CDMA2000,
        "crc12_dect" = CRC_12_DECT,
        "crc12_gsm" = CRC_12_GSM,
        "crc12_umts" = CRC_12_UMTS,
        "crc13_bbc" = CRC_13_BBC,
        "crc14_darc" = CRC_14_DARC,
        "crc14_gsm" = CRC_14_GSM,
        "crc15_can" = CRC_15_CAN,
        "crc15_mpt1327" = CRC_15_MPT1327,
        "crc16_arc" = CRC_16_ARC,
        "crc16_cdma2000" = CRC_16_CDMA2000,
        "crc16_cms" = CRC_16_CMS,
        "crc16_dds_110" = CRC_16_DDS_110,
        "crc16_dect_r" = CRC_16_DECT_R,
        "crc16_dect_x" = CRC_16_DECT_X,
        "crc16_dnp" = CRC_16_DNP,
        "crc16_en_13757" = CRC_16_EN_13757,
        "crc16_genibus" = CRC_16_GENIBUS,
        "crc16_gsm" = CRC_16_GSM,
        "crc16_ibm_3740" = CRC_16_IBM_3740,
        "crc16_ibm_sdlc" = CRC_16_IBM_SDLC,
        "crc16_iso_iec_14443_3_a" = CRC_16_ISO_IEC_14443_3_A,
        "crc16_kermit" = CRC_16_KERMIT,
        "crc16_lj1200" = CRC_16_LJ1200,
        "crc16_m17" = CRC_16_M17,
        "crc16_maxim_dow" = CRC_16_MAXIM_DOW,
        "crc16_mcrf4xx" = CRC_16_MCRF4XX,
        "crc16_modbus" = CRC_16_MODBUS,
        "crc16_nrsc_5" = CRC_16_NRSC_5,
        "crc16_opensafety_a" = CRC_16_OPENSAFETY_A,
        "crc16_opensafety_b" = CRC_16_OPENSAFETY_B,
        "crc16_profibus" = CRC_16_PROFIBUS,
        "crc16_riello" = CRC_16_RIELLO,
        "crc16_spi_fujitsu" = CRC_16_SPI_FUJITSU,
        "crc16_t10_dif" = CRC_16_T10_DIF,
        "crc16_teledisk" = CRC_16_TELEDISK,
        "crc16_tms37157" = CRC_16_TMS37157,
        "crc16_umts" = CRC_16_UMTS,
        "crc16_usb" = CRC_16_USB,
        "crc16_xmodem" = CRC_16_XMODEM,
    }
    u32 {
        "crc17_can_fd" = CRC_17_CAN_FD,
        "crc21_can_fd" = CRC_21_CAN_FD,
        "crc24_ble" = CRC_24_BLE,
        "crc24_flexray_a" = CRC_24_FLEXRAY_A,
        "crc24_flexray_b" = CRC_24_FLEXRAY_B,
        "crc24_interlaken" = CRC_24_INTERLAKEN,
        "crc24_lte_a" = CRC_24_LTE_A,
        "crc24_lte_b" = CRC_24_LTE_B,
        "crc24_openpgp" = CRC_24_OPENPGP,
        "crc24_os_9" = CRC_24_OS_9,
        "crc30_cdma" = CRC_30_CDMA,
        "crc31_philips" = CRC_31_PHILIPS,
        "crc32_aixm" = CRC_32_AIXM,
        "crc32_autosar" = CRC_32_AUTOSAR,
        "crc32_base91_d" = CRC_32_BASE91_D,
        "crc32_bzip2" = CRC_32_BZIP2,
        "crc32_cd_rom_edc" = CRC_32_CD_ROM_EDC,
        "crc32_cksum" = CRC_32_CKSUM,
        "crc32_iscsi" = CRC_32_ISCSI,
        "crc32_iso_hdlc" = CRC_32_ISO_HDLC,
        "crc32_jamcrc" = CRC_32_JAMCRC,
        "crc32_mef" = CRC_32_MEF,
        "crc32_mpeg_2" = CRC_32_MPEG_2,
        "crc32_xfer" = CRC_32_XFER,
    }
    u64 {
        "crc40_gsm" = CRC_40_GSM,
        "crc64_ecma_182" = CRC_64_ECMA_182,
        "crc64_go_iso" = CRC_64_GO_ISO,
        "crc64_ms" = CRC_64_MS,
        "crc64_nvme" = CRC_64_NVME,
        "crc64_redis" = CRC_64_REDIS,
        "crc64_we" = CRC_64_WE,
        "crc64_xz" = CRC_64_XZ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_entry_gives_its_published_check_value() {
        for entry in CATALOGUE {
            let crc = Crc::new(entry.parameters).unwrap();
            assert_eq!(crc.compute(b"123456789"), entry.published.check, "{}", entry.name);
        }
    }

    #[test]
    fn every_entry_is_called_after_its_constant() {
        for entry in CATALOGUE {
            let name = entry.published.constant.to_lowercase().replacen("crc_", "crc", 1);
            assert_eq!(entry.name, name);
        }
    }

    #[test]
    fn the_whole_catalogue_is_here() {
        assert_eq!(CATALOGUE.len(), 112);
    }

    /// The definition, bit by bit, for the combinations the catalogue has no entry for.
    fn by_definition(parameters: CrcParameters, bytes: &[u8]) -> u64 {
        let CrcParameters { width, poly, init, refin, refout, xorout } = parameters;
        let mut register = u128::from(init);
        for byte in bytes {
            let byte = if refin { byte.reverse_bits() } else { *byte };
            for bit in (0..8).rev() {
                let out = (register >> (width - 1) ^ u128::from(byte) >> bit) & 1;
                register = ((register << 1) ^ (out * u128::from(poly))) & ((1 << width) - 1);
            }
        }
        let register = register as u64;
        xorout ^ if refout { register.reverse_bits() >> (64 - width) } else { register }
    }

    fn any_parameters() -> impl Strategy<Value = CrcParameters> {
        (1..=64_u32, any::<[u64; 3]>(), any::<[bool; 2]>()).prop_map(
            |(width, [poly, init, xorout], [refin, refout])| {
                let mask = u64::MAX >> (64 - width);
                CrcParameters { width, poly: poly & mask | 1, init: init & mask, refin, refout, xorout: xorout & mask }
            },
        )
    }

    proptest! {
        #[test]
        fn every_entry_agrees_with_the_crc_crate(bytes: Vec<u8>, entry in 0..CATALOGUE.len()) {
            let entry = &CATALOGUE[entry];
            let crc = Crc::new(entry.parameters).unwrap();
            prop_assert_eq!(crc.compute(&bytes), (entry.published.compute)(&bytes), "{}", entry.name);
        }

        #[test]
        fn any_parameters_compute_by_the_definition(parameters in any_parameters(), bytes: Vec<u8>) {
            let crc = Crc::new(parameters).unwrap();
            prop_assert_eq!(crc.compute(&bytes), by_definition(parameters, &bytes));
        }

        #[test]
        fn no_parameters_panic(
            (width, poly, init, xorout, seed) in any::<(u32, u64, u64, u64, u64)>(), refin: bool, refout: bool,
        ) {
            let parameters = CrcParameters { width: width % 70, poly, init, refin, refout, xorout };
            if let Ok(crc) = Crc::new(parameters) {
                let _ = crc.clone().with_seed(seed);
                let _ = crc.compute(&[1, 2, 3]);
            }
        }
    }
}
